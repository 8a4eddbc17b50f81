module example.com/go-under-run

go 1.19
