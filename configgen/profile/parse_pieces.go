package profile

import "go.yaml.in/yaml/v3"

// pieces reads the text of a file: a string, or a list of pieces.
func (p *parser) pieces(n *yaml.Node, what string, file *File) []Piece {
	if n.Kind != yaml.SequenceNode {
		return p.piece(n, what, file)
	}
	var all []Piece
	for _, item := range n.Content {
		all = append(all, p.piece(item, what, file)...)
	}
	return all
}

// piece reads one piece; it gives none where that is wrong.
func (p *parser) piece(n *yaml.Node, what string, file *File) []Piece {
	var piece Piece
	if n.Kind == yaml.MappingNode {
		const in = "a piece of text"
		p.read(n, place{in: in, has: in, prefix: what + ": "}, p.pieceKeys(&piece, file))
		if !hasKey(n, "for-each") && !hasKey(n, "when") {
			p.Fail(n, "write a plain string, or add one of them", "%s has neither for-each nor when", in)
		}
	} else {
		piece.Text = p.template(n, use{what: what, escapes: true, dollar: file.Dollar})
	}
	if piece.Text == nil {
		return nil
	}
	return []Piece{piece}
}

func (p *parser) pieceKeys(piece *Piece, file *File) []key {
	return []key{
		{
			name: "for-each", is: aParameter, about: "a list: the piece stands once for each item, which is `${item}` with an escape",
			read: func(n *yaml.Node, what string) { piece.ForEach = p.parameterRef(n, what, true) },
		},
		{
			name: "when", is: aParameter, about: "a parameter: the piece stands only when it has a value that is not empty",
			read: func(n *yaml.Node, what string) { piece.When = p.parameterRef(n, what, false) },
		},
		{
			name: "text", is: anyText, required: true, last: true, about: "the text, with escapes",
			read: func(n *yaml.Node, _ string) {
				piece.Text = p.template(n, use{what: "text", escapes: true, dollar: file.Dollar, item: piece.ForEach != ""})
			},
		},
	}
}
