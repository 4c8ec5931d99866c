// Package clitest checks what a program says about itself: its help and its manual pages.
package clitest
