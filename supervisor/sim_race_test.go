//go:build linux && race

package supervisor

const raceDetector = true
