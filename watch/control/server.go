package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/tsboot/tsboot/cli/rundir"
)

const program = rundir.Program("tswatch")

// Paths of the socket.
const (
	pathStatus = "/v1/status"
	pathHealth = "/v1/health" // ?live: healthy as soon as tswatch answers; ?max-loss=RATIO: in place of its own
)

const (
	requestTimeout = 5 * time.Second
	endPatience    = 200 * time.Millisecond // for answers that are under way at the end
	maxHead        = 16 << 10
)

// Service answers what the server is asked. Its methods are called from several goroutines.
type Service interface {
	Status() Status
	// Health judges by the ratio of loss; negative: by its own limit.
	Health(maxLoss float64) Health
}

// Listen takes a run directory. A *rundir.HeldError: another tswatch has it.
func Listen(ctx context.Context, dir string) (*rundir.Listener, error) {
	return program.Listen(ctx, dir)
}

// Server answers on the socket of a run directory until it is interrupted.
type Server struct {
	listener *rundir.Listener
	server   http.Server
}

// NewServer makes a server, which closes the listener at its end.
func NewServer(listener *rundir.Listener, service Service) *Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathStatus, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, service.Status().whole())
	})
	mux.HandleFunc("GET "+pathHealth, func(w http.ResponseWriter, r *http.Request) { health(w, r, service) })
	return &Server{listener, http.Server{
		Handler: mux, ReadTimeout: requestTimeout, WriteTimeout: requestTimeout, MaxHeaderBytes: maxHead,
	}}
}

func health(w http.ResponseWriter, r *http.Request, service Service) {
	query := r.URL.Query()
	if query.Has("live") {
		answer(w, http.StatusOK, Health{Healthy: true, Reason: "tswatch answers"})
		return
	}
	maxLoss := -1.0
	if query.Has("max-loss") {
		ratio, err := strconv.ParseFloat(query.Get("max-loss"), 64)
		if err != nil || !(ratio >= 0 && ratio <= 1) {
			http.Error(w, fmt.Sprintf("max-loss %q: want a ratio from 0 to 1", query.Get("max-loss")), http.StatusBadRequest)
			return
		}
		maxLoss = ratio
	}
	state := service.Health(maxLoss)
	code := http.StatusOK
	if !state.Healthy {
		code = http.StatusServiceUnavailable
	}
	answer(w, code, state)
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Server", string(program))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // the one who asked may have left
}

// Close gives the run directory back where the server never ran.
func (s *Server) Close() { _ = s.listener.Close() }

// Actor is the server for a run group. execute ends after interrupt; interrupt does not block.
func (s *Server) Actor() (execute func() error, interrupt func(error)) {
	ended := make(chan struct{})
	execute = func() error {
		err := s.server.Serve(s.listener)
		if !errors.Is(err, http.ErrServerClosed) {
			return errors.Join(fmt.Errorf("serve the control socket: %w", err), s.listener.Close())
		}
		<-ended
		_ = s.listener.Close() // once more where the server was interrupted before it began
		return nil
	}
	return execute, func(error) {
		go func() {
			defer close(ended)
			ctx, cancel := context.WithTimeout(context.Background(), endPatience)
			defer cancel()
			_ = s.server.Shutdown(ctx)
		}()
	}
}
