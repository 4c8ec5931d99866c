//go:build linux && !race

package supervisor

const raceDetector = false
