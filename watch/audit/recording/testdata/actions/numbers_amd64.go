package main

var numbers = struct{ memfdCreate, setns, unshare, ptrace, initModule, finitModule, bpf, moveMount uintptr }{319, 308, 272, 101, 175, 313, 321, 429}
