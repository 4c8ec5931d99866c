package agent

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// verbs is what the agent can be asked to do, word by word from its arguments. A verb takes the text after its "=".
var verbs = map[string]func(value string){
	// args=FILE writes the arguments of this process, one a line.
	"args": func(file string) { appendFile(file, strings.Join(os.Args[1:], "\n")+"\n") },
	// env=FILE writes the environment, one entry a line.
	"env": func(file string) { appendFile(file, strings.Join(os.Environ(), "\n")+"\n") },
	// print=NAME prints one variable, exactly.
	"print": func(name string) { fmt.Print(os.Getenv(name)) },
	// cwd=FILE writes the working directory.
	"cwd": func(file string) {
		dir, err := os.Getwd()
		check(err)
		appendFile(file, dir+"\n")
	},
	// mark=FILE appends a line: the file has one line for each start.
	"mark": func(file string) { appendFile(file, strconv.Itoa(os.Getpid())+"\n") },
	// say=TEXT prints a line on standard error.
	"say": func(text string) { fmt.Fprintln(os.Stderr, text) },
	// until=FILE waits until FILE is there.
	"until": func(file string) {
		for tick := time.Tick(5 * time.Millisecond); ; <-tick {
			if _, err := os.Stat(file); err == nil {
				return
			}
		}
	},
	// exit=CODE ends.
	"exit": func(code string) {
		n, err := strconv.Atoi(code)
		check(err)
		os.Exit(n)
	},
	// serve=FILE writes FILE when signals are caught, and ends at SIGTERM with 0; other signals are appended to FILE.
	"serve": func(file string) {
		signals := make(chan os.Signal, 16)
		signal.Notify(signals, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGHUP, syscall.SIGINT)
		appendFile(file, "ready\n")
		for s := range signals {
			appendFile(file, s.String()+"\n")
			if s == syscall.SIGTERM {
				os.Exit(0)
			}
		}
	},
	// hang=FILE ignores SIGTERM and never ends by itself.
	"hang": func(file string) {
		signal.Ignore(syscall.SIGTERM)
		appendFile(file, "ready\n")
		select {}
	},
}

func runVerbs(words []string) {
	for _, word := range words {
		verb, value, _ := strings.Cut(word, "=")
		if do, ok := verbs[verb]; ok {
			do(value)
		}
	}
}

func appendFile(name, text string) {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	check(err)
	_, err = f.WriteString(text)
	check(err)
	check(f.Close())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(99)
	}
}
