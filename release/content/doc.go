// Package content makes what a release holds: the programs as the Makefile links them, the list of what is in a program
// (SBOM), and the roots of trust of the image. Two runs from the same commit give the same bytes, on every machine with the
// same Go: nothing is taken from the machine or its clock.
package content
