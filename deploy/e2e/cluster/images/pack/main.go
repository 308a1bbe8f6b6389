// Command pack makes an image, as an OCI archive of one layer, from a folder: without a container
// engine and without a registry. The same folder gives the same archive.
//
//	pack -name HOST/NAME:TAG [-entrypoint PATH]... [-env K=V]... [-user UID:GID] [-dir PATH] FOLDER ARCHIVE
//
// All files belong to root in the image; their modes are kept. A pod's nodepass/web:1 is
// docker.io/nodepass/web:1 in full, and only that is found.
package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar"
)

type object = map[string]any

type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	name := flag.String("name", "", "the image's whole name, with host and tag")
	user := flag.String("user", "0:0", "uid and gid of the process")
	dir := flag.String("dir", "/", "working directory")
	entrypoint, env := list{}, list{}
	flag.Var(&entrypoint, "entrypoint", "program, then its arguments, one each")
	flag.Var(&env, "env", "a variable, NAME=VALUE")
	flag.Parse()
	host, rest, _ := strings.Cut(*name, "/")
	if flag.NArg() != 2 || !strings.ContainsAny(host, ".:") || !strings.Contains(rest, ":") {
		flag.Usage()
		os.Exit(2)
	}
	config := object{"User": *user, "WorkingDir": *dir, "Entrypoint": entrypoint, "Env": env}
	if err := pack(flag.Arg(0), flag.Arg(1), *name, config); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func pack(root, archive, name string, config object) error {
	// The layer's digest is its name in the archive, so that it must be whole before.
	layer, err := os.CreateTemp(filepath.Dir(archive), ".layer")
	if err != nil {
		return err
	}
	defer os.Remove(layer.Name())
	defer layer.Close()
	sum := sha256.New()
	if err := writeLayer(io.MultiWriter(layer, sum), root); err != nil {
		return err
	}
	size, err := layer.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err := layer.Seek(0, io.SeekStart); err != nil {
		return err
	}
	layerDigest := fmt.Sprintf("sha256:%x", sum.Sum(nil))

	configBlob := encode(object{
		"architecture": runtime.GOARCH, "os": "linux", "config": config,
		"rootfs": object{"type": "layers", "diff_ids": []string{layerDigest}},
	})
	manifest := encode(object{
		"schemaVersion": 2, "mediaType": manifestType,
		"config": describe(configType, digest(configBlob), len(configBlob)),
		"layers": []object{describe(layerType, layerDigest, int(size))},
	})
	inIndex := describe(manifestType, digest(manifest), len(manifest))
	// containerd reads the first, others the second.
	inIndex["annotations"] = object{
		"io.containerd.image.name":          name,
		"org.opencontainers.image.ref.name": name[strings.LastIndex(name, ":")+1:],
	}
	index := encode(object{"schemaVersion": 2, "manifests": []object{inIndex}})

	out, err := os.Create(archive)
	if err != nil {
		return err
	}
	defer out.Close()
	w := tar.NewWriter(out)
	add := func(name string, size int64, from io.Reader) {
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size})
		}
		if err == nil {
			_, err = io.Copy(w, from)
		}
	}
	addBytes := func(name string, b []byte) { add(name, int64(len(b)), bytes.NewReader(b)) }
	addBytes("oci-layout", encode(object{"imageLayoutVersion": "1.0.0"}))
	addBytes("index.json", index)
	addBytes(blob(digest(manifest)), manifest)
	addBytes(blob(digest(configBlob)), configBlob)
	add(blob(layerDigest), size, layer)
	if err == nil {
		err = w.Close()
	}
	return err
}

// writeLayer writes the files below root, in the order of their names and without their times.
func writeLayer(out io.Writer, root string) error {
	w := tar.NewWriter(out)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		link := ""
		if info.Mode()&fs.ModeSymlink != 0 {
			if link, err = os.Readlink(path); err != nil {
				return err
			}
		}
		written, err := tar.FileInfoHeader(info, link)
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		// A new header leaves out times, owners and whatever else the machine adds.
		header := &tar.Header{
			Typeflag: written.Typeflag, Name: filepath.ToSlash(inside),
			Linkname: written.Linkname, Mode: written.Mode, Size: written.Size,
		}
		if info.IsDir() {
			header.Name += "/"
		}
		if err := w.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.Copy(w, file)
		return err
	})
	if err != nil {
		return err
	}
	return w.Close()
}

func encode(o object) []byte {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err) // only maps, strings and numbers
	}
	return b
}

func digest(b []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(b)) }

func blob(digest string) string { return "blobs/" + strings.Replace(digest, ":", "/", 1) }

func describe(mediaType, digest string, size int) object {
	return object{"mediaType": mediaType, "digest": digest, "size": size}
}
