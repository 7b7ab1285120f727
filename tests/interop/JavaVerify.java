// What Java's own TLS says of a server: "0", or what it has against it. The trust store is keytool's.
// Arguments: trust store (PKCS#12), its password, port on 127.0.0.1, host that the certificate must be for.

import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public final class JavaVerify {
  public static void main(String[] arguments) throws Exception {
    KeyStore anchors = KeyStore.getInstance("PKCS12");
    try (var file = Files.newInputStream(Path.of(arguments[0]))) {
      anchors.load(file, arguments[1].toCharArray());
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(anchors);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    Socket plain = new Socket("127.0.0.1", Integer.parseInt(arguments[2]));
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(plain, arguments[3], plain.getPort(), true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      System.out.println(0);
    } catch (javax.net.ssl.SSLException refusal) {
      System.out.println(refusal.getMessage());
    }
  }
}
