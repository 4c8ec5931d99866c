// Package profile is the language of profiles: what a profile file may say, read
// strictly, and the profiles that are built in. It knows no value but the defaults
// that a profile gives: Parameter.Check holds any value to the rules of its
// declaration.
//
// docs/profiles.md describes the profile file for the people who write one.
package profile
