package sink

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// A segment is a file: a header, then records.
//
//	header: "tsw1", where the first line is that was not acknowledged (8 bytes), checksum of both (4)
//	record: length of the line (4), checksum of what follows (4), number of the line (8), the line
//
// All numbers are little endian. The highest bit of a line's number is lossMark. A header that was torn counts as one where nothing
// was acknowledged. A record that was torn is the end of the file; one that is damaged, and has a whole one behind it, costs its line
// only.
const (
	segmentMagic = "tsw1"
	headerSize   = 16
	recordHeader = 16
	blockSize    = 4096     // what a file takes on disk is a multiple of it
	maxLine      = 64 << 20 // a longer one is damage
	lossMark     = 1 << 63  // in the number of a line that says what was lost
)

var (
	checksums  = crc32.MakeTable(crc32.Castagnoli)
	errDamaged = errors.New("a checksum is wrong")
)

func recordSize(item Item) int64 { return recordHeader + int64(len(item.Line)) }

// onDisk is what a file of this size takes.
func onDisk(size int64) int64 { return (size + blockSize - 1) / blockSize * blockSize }

type segment struct {
	name   string
	kind   string
	first  uint64 // the number of its first line
	file   *os.File
	size   int64
	done   int64 // before it all is acknowledged
	cursor int64 // before it all is taken
	count  int   // lines that are not acknowledged
	taken  int   // lines between done and cursor
	dirty  bool  // it was written since the last sync
	head   *recordHead
}

// recordHead is what comes before a line.
type recordHead struct {
	length   uint32
	checksum uint32
	number   uint64
	loss     bool // the line says what was lost
}

// parseHead reads the first recordHeader bytes of a record.
func parseHead(b []byte) recordHead {
	number := binary.LittleEndian.Uint64(b[8:])
	return recordHead{binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), number &^ lossMark, number&lossMark != 0}
}

// hasPlace says whether the item belongs into this segment.
func (s *segment) hasPlace(item Item, piece int64) bool {
	return s.size == headerSize || s.size+recordSize(item) <= piece
}

func (s *segment) append(number uint64, item Item) error {
	if item.Loss {
		number |= lossMark
	}
	record := make([]byte, recordHeader, recordSize(item))
	binary.LittleEndian.PutUint32(record, uint32(len(item.Line)))
	binary.LittleEndian.PutUint64(record[8:], number)
	record = append(record, item.Line...)
	binary.LittleEndian.PutUint32(record[4:], crc32.Checksum(record[8:], checksums))
	n, err := s.file.WriteAt(record, s.size)
	if err != nil {
		if n > 0 {
			_ = s.file.Truncate(s.size) // else the record is torn, which is the end of the file, too
		}
		return fmt.Errorf("write the spool: %w", err)
	}
	s.size += int64(len(record))
	s.count++
	s.dirty = true
	return nil
}

// consume notes in the file that all before the position is acknowledged.
func (s *segment) consume(position int64) error {
	s.done = position
	s.dirty = true
	_, err := s.file.WriteAt(header(position), 0)
	return err
}

func header(position int64) []byte {
	h := make([]byte, headerSize)
	copy(h, segmentMagic)
	binary.LittleEndian.PutUint64(h[4:], uint64(position))
	binary.LittleEndian.PutUint32(h[12:], crc32.Checksum(h[:12], checksums))
	return h
}

// peek is the head of the record that pop gives.
func (s *segment) peek() (recordHead, error) {
	if s.head != nil {
		return *s.head, nil
	}
	var b [recordHeader]byte
	if _, err := s.file.ReadAt(b[:], s.cursor); err != nil {
		return recordHead{}, err
	}
	head := parseHead(b[:])
	if head.length > maxLine || s.cursor+recordHeader+int64(head.length) > s.size {
		return recordHead{}, errDamaged
	}
	s.head = &head
	return head, nil
}

// number is that of the record that pop gives. A damaged one comes first, so that it is found.
func (s *segment) number() uint64 {
	head, err := s.peek()
	if err != nil {
		return 0
	}
	return head.number
}

// pop takes a line.
func (s *segment) pop() (Item, error) {
	head, err := s.peek()
	if err != nil {
		return Item{}, err
	}
	record := make([]byte, 8+head.length)
	if _, err := s.file.ReadAt(record, s.cursor+8); err != nil {
		return Item{}, err
	}
	if crc32.Checksum(record, checksums) != head.checksum {
		return Item{}, errDamaged
	}
	s.cursor += recordHeader + int64(head.length)
	s.taken++
	s.head = nil
	return Item{Line: record[8:], Alert: s.kind == laneAlerts && !head.loss, Loss: head.loss}, nil
}

// skip gives up the record that pop cannot read. false: where the next one begins is not known.
func (s *segment) skip() bool {
	head, err := s.peek()
	if err != nil {
		return false
	}
	s.head = nil
	s.count--
	s.cursor += recordHeader + int64(head.length)
	return s.consume(s.cursor) == nil
}

func (s *segment) release() {
	s.cursor, s.taken, s.head = s.done, 0, nil
}

func (s *segment) isDirty() bool { return s.dirty }

// sync may be called beside all others. A file that was removed meanwhile needs none.
func (s *segment) sync() error {
	if err := s.file.Sync(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// recover reads a file of an earlier run. What is torn at its end is cut off. It answers the number of the last line.
func (s *segment) recover() (last uint64, cut int64, err error) {
	info, err := s.file.Stat()
	if err != nil {
		return 0, 0, err
	}
	r := bufio.NewReaderSize(io.NewSectionReader(s.file, 0, info.Size()), 64<<10)
	h := make([]byte, headerSize)
	s.done = headerSize
	if _, err := io.ReadFull(r, h); err == nil {
		if position := int64(binary.LittleEndian.Uint64(h[4:])); string(h) == string(header(position)) {
			s.done = position
		}
	}
	last, found := s.scan(r)
	if !found {
		return last, 0, s.forget()
	}
	s.cursor = s.done
	if cut = info.Size() - s.size; cut > 0 {
		err = s.file.Truncate(s.size)
	}
	return last, max(cut, 0), err
}

// scan looks at all records: how many are not acknowledged, and where the last whole one ends. One that is damaged counts where a whole
// one follows: it is found, and counted as lost, when it is read. found says whether a record begins where the header says.
func (s *segment) scan(r io.Reader) (last uint64, found bool) {
	position, waiting, reached := int64(headerSize), 0, false
	s.size, s.count = headerSize, 0
	for {
		reached = reached || position == s.done
		number, size, err := readRecord(r)
		if err != nil && !errors.Is(err, errDamaged) {
			return last, reached && s.done <= s.size
		}
		if position >= s.done {
			waiting++
		}
		position += size
		if err == nil {
			last, s.size, s.count = number, position, s.count+waiting
			waiting = 0
		}
	}
}

// forget counts the lines again, as if none was acknowledged.
func (s *segment) forget() error {
	if err := s.consume(headerSize); err != nil {
		return err
	}
	_, _, err := s.recover()
	return err
}

// readRecord reads one record. errDamaged: it has a wrong checksum; any other error: there is no whole one.
func readRecord(r io.Reader) (number uint64, size int64, err error) {
	var b [recordHeader]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, 0, err
	}
	head := parseHead(b[:])
	if head.length > maxLine {
		return 0, 0, io.ErrUnexpectedEOF
	}
	sum := crc32.New(checksums)
	_, _ = sum.Write(b[8:])
	if _, err := io.CopyN(sum, r, int64(head.length)); err != nil {
		return 0, 0, err
	}
	if sum.Sum32() != head.checksum {
		err = errDamaged
	}
	return head.number, recordHeader + int64(head.length), err
}
