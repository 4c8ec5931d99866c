package profile

// Tree is the content of a file as its author wrote it. Its strings are templates.
type Tree struct {
	pos    Pos
	Object bool
	Keys   []string // of an object, in order, beside items
	When   string   // a parameter: the object stands when it is not empty; "": always
	Array  bool
	Items  []*Tree
	Text   *Template // a string
	Scalar any       // int64, float64, bool, or nil for null
}

func (t *Tree) names() []string {
	if t == nil {
		return nil
	}
	var names []string
	if t.Text != nil {
		names = t.Text.Names()
	}
	for _, item := range t.Items {
		names = append(names, item.names()...)
	}
	return names
}
