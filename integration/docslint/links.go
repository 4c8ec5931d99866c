package docslint

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

var (
	codeSpan = regexp.MustCompile("``[^`]+``|`[^`]+`")
	link     = regexp.MustCompile(`\]\(([^()\s]+(?:\([^()\s]*\))?)\)`)
	heading  = regexp.MustCompile(`^#{1,6} +(.+?) *#*$`)
	htmlName = regexp.MustCompile(`<[^>]+ (?:id|name)="([^"]+)"`)
)

// brokenLinks are the relative links of a page that lead nowhere. anchors has those of all pages, by their names.
func brokenLinks(top string, p *Page, anchors map[string]map[string]bool) []string {
	var broken []string
	for _, line := range p.Prose() {
		for _, found := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(line.Text, "code"), -1) {
			if why := p.follow(top, found[1], anchors); why != "" {
				broken = append(broken, fmt.Sprintf("%s:%d: the link %s: %s", p.Name, line.Number, found[1], why))
			}
		}
	}
	return broken
}

// follow says why a link leads nowhere.
func (p *Page) follow(top, target string, anchors map[string]map[string]bool) string {
	if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return ""
	}
	file, anchor, hasAnchor := strings.Cut(target, "#")
	name := p.Name
	if file != "" {
		name = p.resolve(file)
	}
	page, ok := anchors[name]
	if _, err := os.Stat(filepath.Join(top, filepath.FromSlash(name))); !ok && (err != nil || strings.HasPrefix(name, "..")) {
		return "there is no " + name
	}
	if !hasAnchor {
		return ""
	}
	if !ok {
		return name + " is not a page with headings"
	}
	if !page[anchor] {
		return name + " has no heading with that anchor"
	}
	return ""
}

// anchors are the names that GitHub gives the headings, and those in HTML.
func (p *Page) anchors() map[string]bool {
	anchors, times := map[string]bool{}, map[string]int{}
	for _, line := range p.Prose() {
		for _, found := range htmlName.FindAllStringSubmatch(line.Text, -1) {
			anchors[found[1]] = true
		}
		found := heading.FindStringSubmatch(line.Text)
		if found == nil {
			continue
		}
		name := slug(found[1])
		if n := times[name]; n > 0 {
			anchors[fmt.Sprintf("%s-%d", name, n)] = true
		} else {
			anchors[name] = true
		}
		times[name]++
	}
	return anchors
}

// slug is the anchor of a heading: small letters, no punctuation, "-" for each space.
func slug(text string) string {
	text = linkText.ReplaceAllString(text, "$1")
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}
