//go:build !race

package normalize_test

// underRace is true if this was built with the race detector.
const underRace = false

const raceMemory, raceGrowth = 1, 1
