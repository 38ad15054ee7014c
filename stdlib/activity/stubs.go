package activity

func registerFS(*Registry)   {}
func registerLog(*Registry)  {}
func registerExec(*Registry) {}
func registerHTTP(*Registry) {}
