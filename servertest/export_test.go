package servertest

// GiveFrom has this process give the ports from first on.
func GiveFrom(first int) error {
	taken, err := ports()
	if err == nil {
		taken.last.Store(int64(first - firstPort))
	}
	return err
}
