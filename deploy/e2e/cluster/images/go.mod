module nodepass.dev/e2e/images

go 1.24
