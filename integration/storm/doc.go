// Package storm refreshes a real tsboot hundreds of times while keys are good and bad, Parameter Store fails, and the agent
// and tsboot are killed. Whatever happened, files, status and agent must agree in the end.
//
//	go test ./integration/storm                           500 refreshes, 40 kills of tsboot, 20 of its agent
//	go test ./integration/storm -refreshes 5000 -seed 7   more, with the choices of a certain run
package storm
