import Foundation
import Testing
import VouchModel
import VouchTestSupport
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

  /// The private key is in the agent and nowhere else.
  @Test func anAgentSigns() throws {
    guard MachineTool.has("ssh-agent"), MachineTool.has("ssh-keygen") else { return }
    let program = try #require(MachineTool.path)
    let demo = try DemoWorkspace()
    let line = """
      ssh-keygen -q -t ed25519 -N '' -C agent -f key && ssh-add -q key && rm key &&
      '\(program)' bundle --quiet --output out --sign key.pub; echo "status $?"
      """
    let answer = try MachineTool.run(["ssh-agent", "sh", "-c", line], in: demo.path)
    #expect(answer.output.hasSuffix("status 1\n"), "\(answer.output)\(answer.errors)")
    #expect(!FileManager.default.fileExists(atPath: demo.path + "/key"))
    let names = try FileManager.default.contentsOfDirectory(atPath: demo.path + "/out")
    let folder = try #require(names.first { !$0.hasSuffix(".zip") && !$0.hasPrefix(".") })
    let signers = demo.path + "/signers"
    let key = try String(contentsOfFile: demo.path + "/key.pub", encoding: .utf8)
    try "lead@example namespaces=\"vouch-package\" \(key)".write(
      toFile: signers, atomically: true, encoding: .utf8)
    let result = try PackageVerifier.verify("\(demo.path)/out/\(folder)", signers: signers)
    #expect(result.isValid, "\(result.table)")
    #expect(result.check("signature")?.outcome == .ok)

    // Without an agent there is nobody who could sign.
    let alone = try MachineTool.run(
      ["env", "-u", "SSH_AUTH_SOCK", program, "bundle", "--output", "alone", "--sign", "key.pub"],
      in: demo.path)
    #expect(alone.status == 65)
    #expect(alone.errors.contains("[bundle.sign]"), "\(alone.errors)")
  }

  /// The list of signers names the authority; its certificates name the signers.
  @Test(arguments: ["ed25519", "ecdsa", "rsa"]) func aCertifiedKeySigns(_ type: String) throws {
    guard MachineTool.has("ssh-keygen") else { return }
    let demo = try DemoWorkspace()
    let here = demo.path
    func shell(_ line: String) throws { try MachineTool.succeed(["sh", "-c", line], in: here) }
    try shell(
      """
      for name in authority stranger; do ssh-keygen -q -t ed25519 -N '' -f $name; done
      ssh-keygen -q -t \(type) -N '' -f key
      ssh-keygen -q -s authority -I lead -n lead@example -V 20260101:20360101 key.pub
      for name in authority stranger; do
        printf 'lead@example cert-authority,namespaces="vouch-package" %s\n' "$(cut -d' ' -f1,2 $name.pub)" > $name.signers
      done
      """)
    let bundled = try demo.bundle(.init(signingKey: "\(here)/key-cert.pub"))
    let result = try PackageVerifier.verify(
      bundled.receipt.folder, signers: "\(here)/authority.signers")
    #expect(result.isValid, "\(result.table)")
    let print = try #require(bundled.fingerprint)
    #expect(try MachineTool.succeed(["ssh-keygen", "-lf", "\(here)/key.pub"]).contains(print))
    #expect(result.check("signature")?.note == "by lead@example, key \(print)")
    func findings(_ list: String) throws -> [String] {
      try PackageVerifier.verify(bundled.receipt.folder, signers: "\(here)/\(list)").findings
        .map(\.id)
    }
    #expect(try findings("stranger.signers") == ["signature.unknown-key"])

    // The same signature by a certificate that has run out.
    try shell(
      """
      ssh-keygen -q -s authority -I lead -n lead@example -V 20200101:20210101 key.pub
      cp '\(bundled.receipt.folder)/tagmanifest-sha256.txt' manifest
      ssh-keygen -Y sign -q -n vouch-package -f key-cert.pub manifest
      mv manifest.sig '\(bundled.receipt.folder)/tagmanifest-sha256.txt.sig'
      """)
    #expect(try findings("authority.signers") == ["signature.expired"])
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
