// Package executable writes programs that tests start.
package executable

import (
	"os"
	"syscall"
)

// WriteFile is os.WriteFile for a program. A child that another test starts meanwhile has the file open for writing until its own
// exec, and a start of the program fails before that: text file busy. So no child is started while the file is open.
func WriteFile(name string, content []byte, mode os.FileMode) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(name, content, mode)
}
