// Judges a log by Go's own sumdb/note and sumdb/tlog: `go run judge.go FOLDER` with FOLDER/case.json and its tiles.
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Index int64
	Leaf  tlog.Hash
	Proof []tlog.Hash
}

type consistency struct {
	Old   int64
	Root  tlog.Hash
	Proof []tlog.Hash
}

type testCase struct {
	Note, Vkey  string
	Witness     struct{ Name string; Hash uint32; Key []byte }
	Inclusion   []inclusion
	Consistency []consistency
}

// cosigner verifies cosignature/v1 (C2SP tlog-cosignature).
type cosigner struct {
	name string
	hash uint32
	key  []byte
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	time := binary.BigEndian.Uint64(sig)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, msg)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

// files reads tiles of height 8 at the C2SP tlog-tiles paths.
type files string

func (f files) Height() int { return 8 }
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, t := range tiles {
		path := "tile/" + strings.TrimPrefix(t.Path(), "tile/8/")
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}
func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

func judge(folder string) error {
	data, err := os.ReadFile(filepath.Join(folder, "case.json"))
	if err != nil {
		return err
	}
	var c testCase
	if err := json.Unmarshal(data, &c); err != nil {
		return err
	}
	verifier, err := note.NewVerifier(c.Vkey)
	if err != nil {
		return err
	}
	opened, err := note.Open([]byte(c.Note), note.VerifierList(verifier, cosigner{c.Witness.Name, c.Witness.Hash, c.Witness.Key}))
	if err != nil {
		return err
	}
	if len(opened.Sigs) != 2 {
		return errors.New("log and witness should have signed")
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		return err
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], raw)
	reader := tlog.TileHashReader(tree, files(folder))
	root, err := tlog.TreeHash(size, reader)
	if err != nil || root != tree.Hash {
		return fmt.Errorf("the tiles do not make up the root: %v", err)
	}
	for _, one := range c.Inclusion {
		if err := tlog.CheckRecord(one.Proof, size, tree.Hash, one.Index, one.Leaf); err != nil {
			return fmt.Errorf("inclusion of %d: %v", one.Index, err)
		}
		own, err := tlog.ProveRecord(size, one.Index, reader)
		if err != nil || !same(own, one.Proof) {
			return fmt.Errorf("another inclusion proof of %d: %v", one.Index, err)
		}
	}
	for _, one := range c.Consistency {
		if err := tlog.CheckTree(one.Proof, size, tree.Hash, one.Old, one.Root); err != nil {
			return fmt.Errorf("consistency from %d: %v", one.Old, err)
		}
		own, err := tlog.ProveTree(size, one.Old, reader)
		if err != nil || !same(own, one.Proof) {
			return fmt.Errorf("another consistency proof from %d: %v", one.Old, err)
		}
	}
	fmt.Printf("%d inclusion proofs and %d consistency proofs agree\n", len(c.Inclusion), len(c.Consistency))
	return nil
}

func same(one, other []tlog.Hash) bool {
	if len(one) != len(other) {
		return false
	}
	for n := range one {
		if !bytes.Equal(one[n][:], other[n][:]) {
			return false
		}
	}
	return true
}

func main() {
	for _, folder := range os.Args[1:] {
		if err := judge(folder); err != nil {
			fmt.Fprintln(os.Stderr, folder, err)
			os.Exit(1)
		}
	}
}
