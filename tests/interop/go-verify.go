// What Go's crypto/x509 says of a server certificate: "0", or what it has against it.
// Arguments: authority (DER), certificate (DER), host.
package main

import (
	"crypto/x509"
	"fmt"
	"os"
)

func read(path string) *x509.Certificate {
	der, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		fmt.Println(err)
		os.Exit(0)
	}
	return certificate
}

func main() {
	roots := x509.NewCertPool()
	roots.AddCert(read(os.Args[1]))
	_, err := read(os.Args[2]).Verify(x509.VerifyOptions{Roots: roots, DNSName: os.Args[3]})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(0)
}
