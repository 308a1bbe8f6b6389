module protocol2-peer

go 1.22
