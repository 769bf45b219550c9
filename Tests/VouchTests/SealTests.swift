import Foundation
import Testing
import VouchModel
import VouchVerify

@testable import Vouch

/// Signatures and time stamps, made by the real `ssh-keygen` and `openssl`.
@Suite struct SealTests {
  /// Keys of made-up signers and the lists that name them.
  final class Keys: Sendable {
    let folder: String
    static let shared = Result { try Keys() }

    private init() throws {
      folder = NSTemporaryDirectory() + "vouch-keys-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for name in ["key", "other"] {
        try MachineTool.succeed(
          ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", "\(folder)/\(name)"])
      }
      try list("signers", "key", "namespaces=\"vouch-package\"")
      try list("strangers", "other", "namespaces=\"vouch-package\"")
      try list("expired", "key", "valid-before=\"20200101\"")
    }

    private func list(_ name: String, _ key: String, _ options: String) throws {
      let words = try String(contentsOfFile: "\(folder)/\(key).pub", encoding: .utf8)
        .split(separator: " ")
      try "lead@example \(options) \(words[0]) \(words[1])\n".write(
        toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    }

    func place(_ name: String) -> String { "\(folder)/\(name)" }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
  }

  private static let signed = Result {
    let keys = try Keys.shared.get()
    let demo = try DemoWorkspace()
    return (demo, try demo.bundle(.init(signingKey: keys.place("key"))))
  }

  private func findings(_ folder: String, signers: String) throws -> [String] {
    try PackageVerifier.verify(folder, signers: Keys.shared.get().place(signers)).findings.map(\.id)
  }

  // MARK: Signatures

  @Test func signedPackageIsValidForThoseWhoKnowTheSigner() throws {
    guard MachineTool.has("ssh-keygen") else { return }
    let (demo, bundled) = try Self.signed.get()
    defer { withExtendedLifetime(demo) {} }
    for path in [bundled.receipt.folder, bundled.receipt.archive] {
      let result = try PackageVerifier.verify(path, signers: Keys.shared.get().place("signers"))
      #expect(result.isValid, "\(result.table)")
      #expect(result.check("signature")?.outcome == .ok)
    }
    let print = try MachineTool.succeed(["ssh-keygen", "-lf", Keys.shared.get().place("key.pub")])
    #expect(print.contains(try #require(bundled.fingerprint)))
  }

  @Test func aStrangersAndAnExpiredSignersPackageIsRefused() throws {
    guard MachineTool.has("ssh-keygen") else { return }
    let (_, bundled) = try Self.signed.get()
    #expect(
      try findings(bundled.receipt.folder, signers: "strangers") == ["signature.unknown-key"])
    #expect(try findings(bundled.receipt.folder, signers: "expired") == ["signature.expired"])
  }

  @Test func theSignatureOfAnotherPackageIsFound() throws {
    guard MachineTool.has("ssh-keygen") else { return }
    let (_, bundled) = try Self.signed.get()
    let demo = try DemoWorkspace()
    try demo.configure("Northlight Books", "Northlight Sums")
    let other = try demo.bundle(.init(signingKey: Keys.shared.get().place("key")))
    let name = "tagmanifest-sha256.txt.sig"
    try FileManager.default.removeItem(atPath: "\(other.receipt.folder)/\(name)")
    try FileManager.default.copyItem(
      atPath: "\(bundled.receipt.folder)/\(name)", toPath: "\(other.receipt.folder)/\(name)")
    #expect(try findings(other.receipt.folder, signers: "signers") == ["signature.other"])
  }

  @Test func aKeyThatIsNotThereLeavesNoPackage() throws {
    let demo = try DemoWorkspace()
    #expect {
      try demo.bundle(.init(signingKey: demo.path + "/no-such-key"))
    } throws: {
      ($0 as? Refusal)?.diagnostics.map(\.id) == ["bundle.sign"]
    }
    #expect(try left(in: demo) == [])
  }

  private func left(in demo: DemoWorkspace) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: demo.path + "/output")
  }

  // MARK: Time stamps

  @Test func aStampedPackageShowsWhenItWasThere() throws {
    guard MachineTool.has("openssl") else { return }
    let authority = try StampingAuthority.shared.get()
    let server = try StampServer(authority)
    let demo = try DemoWorkspace()
    var options = Workspace.BundleOptions(signingKey: try Keys.shared.get().place("key"))
    options.timestampURL = server.url
    options.timestampCertificates = authority.root
    let bundled = try demo.bundle(options)
    #expect(bundled.stampedAt != nil)
    let page = try String(
      contentsOfFile: bundled.receipt.folder + "/START-HERE.html", encoding: .utf8)
    #expect(page.contains("tagmanifest-sha256.txt.tsr"))

    var check = VerifyOptions()
    check.signers = try Keys.shared.get().place("signers")
    check.authority = authority.root
    for path in [bundled.receipt.folder, bundled.receipt.archive] {
      let result = try PackageVerifier.verify(path, options: check)
      #expect(result.isValid, "\(result.table)")
      #expect(result.check("timestamp")?.outcome == .ok)
    }
    let unasked = try PackageVerifier.verify(bundled.receipt.folder)
    #expect(unasked.isValid)
    #expect(unasked.table.contains("present, not checked"))

    // A stamp over other bytes.
    let stamp = bundled.receipt.folder + "/tagmanifest-sha256.txt.tsr"
    try FileManager.default.removeItem(atPath: stamp)
    try FileManager.default.copyItem(
      atPath: bundled.receipt.folder + "/tagmanifest-sha256.txt.sig.tsr", toPath: stamp)
    let swapped = try PackageVerifier.verify(bundled.receipt.folder, options: check)
    #expect(swapped.findings.map(\.id) == ["timestamp.other"], "\(swapped.table)")
  }

  @Test(arguments: [
    ("refuses", "the authority answered 503"), ("nonsense", "is no reply"),
    ("other", "something else"), ("stranger", "no authority whose certificate is known"),
    ("rejects", "did not grant"),
  ])
  func aFailedStampIsAMessage(mood: String, words: String) throws {
    guard MachineTool.has("openssl") else { return }
    let own = try StampingAuthority.shared.get()
    let server = try StampServer(own, mood: mood)
    let root = mood == "stranger" ? try StampingAuthority.stranger.get().root : own.root
    let sealing = Sealing(authority: TimestampAuthority(url: server.url, certificates: root))
    do {
      _ = try sealing.seal(Array("a manifest\n".utf8))
      Issue.record("there is a seal without a stamp")
    } catch let refusal as Refusal {
      #expect(refusal.diagnostics.map(\.id) == ["bundle.timestamp"])
      #expect(refusal.diagnostics[0].text.contains(words), "\(refusal.diagnostics[0].rendered)")
    }
  }

  @Test func anAuthorityThatIsNotThereLeavesNoPackage() throws {
    guard MachineTool.has("openssl") else { return }
    let demo = try DemoWorkspace()
    var options = Workspace.BundleOptions()
    options.timestampURL = "http://127.0.0.1:9/"
    #expect { try demo.bundle(options) } throws: {
      ($0 as? Refusal)?.diagnostics.first?.id == "bundle.timestamp"
    }
    #expect(try left(in: demo) == [])
  }
}

/// A time-stamping authority of our own, made with openssl.
final class StampingAuthority: Sendable {
  let folder: String
  var root: String { "\(folder)/root.pem" }

  static let shared = Result { try StampingAuthority() }
  static let stranger = Result { try StampingAuthority() }

  private init() throws {
    folder = NSTemporaryDirectory() + "vouch-tsa-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let settings = """
      [req]
      distinguished_name = name
      prompt = no
      [name]
      CN = Example Time
      [root]
      basicConstraints = critical,CA:TRUE
      keyUsage = critical,keyCertSign
      [stamp]
      basicConstraints = CA:FALSE
      extendedKeyUsage = critical,timeStamping
      [tsa]
      default_tsa = here
      [here]
      serial = serial
      crypto_device = builtin
      signer_cert = stamp.pem
      certs = root.pem
      signer_key = stamp.key
      signer_digest = sha256
      default_policy = 1.2.3.4
      digests = sha256

      """
    try settings.write(toFile: "\(folder)/settings", atomically: true, encoding: .utf8)
    // The same, but it knows no digest that anybody asks for.
    try settings.replacing("digests = sha256", with: "digests = sha512").write(
      toFile: "\(folder)/strict", atomically: true, encoding: .utf8)
    try "01".write(toFile: "\(folder)/serial", atomically: true, encoding: .utf8)
    try openssl(
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key "
        + "-out root.pem -days 3650 -config settings -extensions root")
    try openssl(
      "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout stamp.key -out stamp.csr "
        + "-config settings")
    try openssl(
      "x509 -req -in stamp.csr -CA root.pem -CAkey root.key -CAcreateserial -out stamp.pem "
        + "-days 3650 -extfile settings -extensions stamp")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func openssl(_ arguments: String) throws {
    try MachineTool.succeed(
      ["openssl"] + arguments.split(separator: " ").map(String.init), in: folder)
  }

  /// The reply to a query, as the authority's mood has it.
  func reply(to query: Data, mood: String) throws -> Data {
    let name = UUID().uuidString
    try query.write(to: URL(fileURLWithPath: "\(folder)/\(name).tsq"))
    if mood == "other" {
      try "something else".write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      try openssl("ts -query -data \(name) -sha256 -cert -out \(name).tsq")
    }
    let settings = mood == "rejects" ? "strict" : "settings"
    _ = try MachineTool.run(
      [
        "openssl", "ts", "-reply", "-config", settings, "-queryfile", "\(name).tsq", "-out",
        "\(name).tsr",
      ], in: folder)
    return try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).tsr"))
  }
}

/// Answers RFC 3161 queries over HTTP on the loopback, and misbehaves when told so.
final class StampServer: Sendable {
  let url: String
  private let listener: Int32

  init(_ authority: StampingAuthority, mood: String = "") throws {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(fd, raw, length) == 0 && listen(fd, 16) == 0 && getsockname(fd, raw, &length) == 0
      }
    }
    try #require(isBound)
    listener = fd
    url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/tsr"
    Thread.detachNewThread {
      while case let client = accept(fd, nil, nil), client >= 0 {
        Self.serve(client, authority, mood)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private static func serve(_ client: Int32, _ authority: StampingAuthority, _ mood: String) {
    defer { close(client) }
    guard let query = body(of: client) else { return }
    var head = "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n"
    var reply = Data()
    switch mood {
    case "refuses": head = "HTTP/1.1 503 Busy\r\n"
    case "nonsense": reply = Data("<html>noon</html>".utf8)
    default: reply = (try? authority.reply(to: query, mood: mood)) ?? Data()
    }
    let bytes =
      Array("\(head)Content-Length: \(reply.count)\r\nConnection: close\r\n\r\n".utf8) + reply
    _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// The body of a POST of a time-stamp query; nil for anything else.
  private static func body(of client: Int32) -> Data? {
    var request = Data()
    var buffer = [UInt8](repeating: 0, count: 4096)
    let end = Data("\r\n\r\n".utf8)
    while true {
      if let head = request.range(of: end) {
        let text = String(decoding: request[..<head.lowerBound], as: UTF8.self).lowercased()
        guard text.hasPrefix("post "), text.contains("content-type: application/timestamp-query"),
          let field = text.split(separator: "\r\n").first(where: {
            $0.hasPrefix("content-length:")
          }), let length = Int(field.dropFirst(15).trimmingCharacters(in: .whitespaces))
        else { return nil }
        if request.count - head.upperBound >= length {
          return request[head.upperBound..<head.upperBound + length]
        }
      }
      let n = recv(client, &buffer, buffer.count, 0)
      if n <= 0 { return nil }
      request.append(contentsOf: buffer[..<n])
    }
  }
}
