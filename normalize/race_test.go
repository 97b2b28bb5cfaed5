//go:build race

package normalize_test

// underRace is true if this was built with the race detector.
const underRace = true

// The detector keeps shadows of the memory that it watches: a process takes so many times as much as without, and grows by
// so many times as much. With them a limit lets through no greater a part too much than without.
const raceMemory, raceGrowth = 4, 3
