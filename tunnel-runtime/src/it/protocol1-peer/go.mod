module protocol1peer

go 1.21
