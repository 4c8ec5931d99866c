package cli

import (
	"io"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/pflag"
)

// Names of the flags of the log, and the words of --log-format.
const (
	flagLogLevel  = "log-level"
	flagLogFormat = "log-format"
	FormatText    = "text"
	FormatJSON    = "json"
)

// LogOptions are what --log-level and --log-format say. The zero value is not valid: use Flags, or fill in both.
type LogOptions struct {
	Level  string // trace, debug, info, warn or error
	Format string // FormatText or FormatJSON

	Coloured bool // the level of a line stands in a colour; of FormatText only
}

// Flags adds --log-level (info) and --log-format (text) to fs.
func (o *LogOptions) Flags(fs *pflag.FlagSet, p Program) {
	fs.StringVar(&o.Level, flagLogLevel, "info", "`LEVEL` of "+p.Name+"'s own log on standard error: trace, debug, info, warn, error")
	fs.StringVar(&o.Format, flagLogFormat, FormatText, "`FORMAT` of "+p.Name+"'s own log: text or json")
}

// Validate checks both words. It is called before everything else is checked, so that all later errors are reported in
// the format that was asked for. An error is a *UsageError.
func (o *LogOptions) Validate(origins *Origins) error {
	if hclog.LevelFromString(o.Level) == hclog.NoLevel {
		return origins.unknownWord(flagLogLevel, o.Level, LogLevels())
	}
	return origins.OneOf(flagLogFormat, o.Format, LogFormats())
}

// LogLevels are the words of --log-level.
func LogLevels() []string { return []string{"trace", "debug", "info", "warn", "error"} }

// LogFormats are the words of --log-format.
func LogFormats() []string { return []string{FormatText, FormatJSON} }

// Shows says whether what is waited for may be shown beside the log: not where a program reads it, nor where only errors
// are wanted.
func (o *LogOptions) Shows() bool {
	level := hclog.LevelFromString(o.Level)
	return o.Format == FormatText && level != hclog.Error && level != hclog.Off
}

// NewLogger makes a logger that writes to w, usually a *LogWriter. Durations are written as text, such as "1.5s".
func NewLogger(p Program, o LogOptions, w io.Writer) hclog.Logger {
	options := hclog.LoggerOptions{
		Name:       p.Name,
		Level:      hclog.LevelFromString(o.Level),
		JSONFormat: o.Format == FormatJSON,
		Output:     w,
	}
	if o.Coloured && !options.JSONFormat {
		options.Color, options.ColorHeaderOnly = hclog.ForceColor, true
	}
	return durationLog{hclog.New(&options)}
}

// AskedForJSON reads the format of the log off the command line where the flags could not be read as a whole: an unknown
// flag may stand before --log-format. As everywhere the last flag counts, then the variable.
func AskedForJSON(p Program, variables map[string]string, args []string) bool {
	format := variables[p.Variable(flagLogFormat)]
	for i, word := range args {
		if value, ok := strings.CutPrefix(word, "--"+flagLogFormat+"="); ok {
			format = value
		} else if word == "--"+flagLogFormat && i+1 < len(args) {
			format = args[i+1]
		}
	}
	return format == FormatJSON
}
