package main

var numbers = struct{ memfdCreate, setns, unshare, ptrace, initModule, finitModule, bpf, moveMount uintptr }{356, 346, 310, 26, 128, 350, 357, 429}
