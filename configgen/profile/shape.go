package profile

// A shape is what a value of a profile may be, as far as a schema can say it. The
// reader checks more, with better messages.
type shape struct {
	kinds   []string // of JSON Schema; empty: any
	pattern string   // of a string; a regular expression that ECMA and Go read alike
	words   []string // all that a string may be
	bounded bool     // a number is from least to most
	least   int
	most    int
	some    bool         // a list has one item at least
	item    *shape       // of a list
	keys    func() []key // of a mapping
	names   string       // pattern of the keys of a mapping that has any
	values  *shape       // of such a mapping
	either  []shape      // any one of these
}

var (
	anyText    = shape{kinds: []string{"string"}}
	anyFlag    = shape{kinds: []string{"boolean"}}
	anything   = shape{}
	anyScalar  = shape{kinds: []string{"string", "number", "boolean"}}
	aPath      = shape{kinds: []string{"string"}, pattern: `^/`}
	aParameter = shape{kinds: []string{"string"}, pattern: `^(\$\{)?[a-z0-9]`}
	aDuration  = shape{either: []shape{
		{kinds: []string{"string"}, pattern: `^\+?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`},
		number(0, 0),
	}}
	aSignal = shape{either: []shape{
		number(1, 99),
		{kinds: []string{"string"}, pattern: signalPattern},
	}}
	aVariable = shape{kinds: []string{"string"}, pattern: `^[A-Za-z_][A-Za-z0-9_]*$`}
	aGlob     = shape{kinds: []string{"string"}, pattern: `^[^*=]*\*?$`}
	aMode     = shape{either: []shape{
		{kinds: []string{"integer"}},
		{kinds: []string{"string"}, pattern: `^(0[oO])?[0-7]+$`},
	}}
	aCommand = shape{kinds: []string{"array"}, item: &anyText, some: true}
)

func oneOfWords(words ...string) shape { return shape{kinds: []string{"string"}, words: words} }
func matching(pattern string) shape    { return shape{kinds: []string{"string"}, pattern: pattern} }
func number(least, most int) shape {
	return shape{kinds: []string{"integer"}, bounded: true, least: least, most: most}
}
func listOf(item shape) shape        { return shape{kinds: []string{"array"}, item: &item} }
func someOf(item shape) shape        { return shape{kinds: []string{"array"}, item: &item, some: true} }
func eitherOf(shapes ...shape) shape { return shape{either: shapes} }
func mappingOf(keys func() []key) shape {
	return shape{kinds: []string{"object"}, keys: keys}
}

// pairsOf is a mapping whose keys match a pattern; empty: any.
func pairsOf(names string, values shape) shape {
	return shape{kinds: []string{"object"}, names: names, values: &values}
}
