package container

// idLength is the number of digits of an id of Docker, containerd, CRI-O and podman.
const idLength = 64

// isID is 64 hexadecimal digits.
func isID(b []byte) bool {
	return len(b) == idLength && isHex(b)
}

// isBuildID is an id of BuildKit: 25 digits to the base 36.
func isBuildID(b []byte) bool {
	if len(b) != 25 {
		return false
	}
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// isFargateID is TASK-NUMBER: 32 hexadecimal digits, and up to ten decimal ones.
func isFargateID(b []byte) bool {
	return len(b) >= 34 && len(b) <= 43 && isHex(b[:32]) && b[32] == '-' && isDigits(b[33:])
}

// isGardenID is an id of Cloud Foundry, 8-4-4-4-4 hexadecimal digits, or of Concourse, 8-4-4-4-12.
func isGardenID(b []byte) bool {
	if len(b) != 28 && len(b) != 36 || !isHex(b[:8]) || !isHex(b[28:]) {
		return false
	}
	for i := 8; i < 28; i += 5 {
		if b[i] != '-' || !isHex(b[i+1:i+5]) {
			return false
		}
	}
	return true
}

func isHex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}
