import Foundation
import Testing
import VouchModel

@testable import VouchVerify

/// Time stamps by a made-up authority of our own.
@Suite struct TimestampTests {
  /// An authority whose root and signing certificate lie in a folder.
  struct Authority: Sendable {
    private let folder: TemporaryFolder
    var root: String { "\(folder.path)/root.pem" }

    static let shared = Result { try Authority() }
    static let stranger = Result { try Authority() }

    init() throws {
      folder = try TemporaryFolder()
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
      try settings.write(toFile: "\(folder.path)/settings", atomically: true, encoding: .utf8)
      try "01".write(toFile: "\(folder.path)/serial", atomically: true, encoding: .utf8)
      try openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem "
          + "-days 3650 -config settings -extensions root")
      try openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout stamp.key -out stamp.csr "
          + "-config settings")
      try openssl(
        "x509 -req -in stamp.csr -CA root.pem -CAkey root.key -CAcreateserial -out stamp.pem "
          + "-days 3650 -extfile settings -extensions stamp")
    }

    private func openssl(_ arguments: String) throws {
      try Shell.run(
        ["openssl"] + arguments.split(separator: " ").map(String.init), in: folder.path)
    }

    func stamp(_ sample: Sample) throws {
      let signature = sample.place("tagmanifest-sha256.txt.sig")
      let request = "\(folder.path)/\(UUID().uuidString)"
      try openssl("ts -query -data \(signature) -sha256 -cert -out \(request)")
      try openssl("ts -reply -config settings -queryfile \(request) -out \(signature).tsr")
    }
  }

  private func options(_ authority: Authority) -> VerifyOptions {
    var options = Sample.options
    options.authority = authority.root
    return options
  }

  private func stamped() throws -> (Sample, Authority) {
    let sample = try Sample()
    let authority = try Authority.shared.get()
    try authority.stamp(sample)
    return (sample, authority)
  }

  @Test func acceptsTheStampOfTheGivenAuthority() throws {
    let (sample, authority) = try stamped()
    for result in [
      try sample.verify(options(authority)), try sample.verifyZip(options(authority)),
    ] {
      #expect(result.isValid, "\(result.table)")
      #expect(result.check("timestamp")?.outcome == .ok)
    }
  }

  @Test(arguments: [("2019-06-01", true), ("2021-06-01", false)])
  func takesTheStampsTimeForTheValidityOfTheKey(date: String, isValid: Bool) throws {
    let sample = try Sample()
    var options = VerifyOptions()
    options.signers = try Sample.keys.expired
    let context = Context(try FolderPackage(sample.root), facts: [:], options: options)
    let time = try #require(WrittenTime(iso: date)).local
    let check = SignatureCheck.run(context, time: time)
    #expect(check.findings.map(\.id) == (isValid ? [] : ["signature.expired"]))
    withExtendedLifetime(sample) {}
  }

  @Test func saysThatAStampWasNotChecked() throws {
    let (sample, _) = try stamped()
    let result = try sample.verify()
    #expect(result.isValid)
    #expect(
      result.check("timestamp")?.outcome
        == .skipped("present, not checked: no certificate of a time-stamping authority was given"))
  }

  @Test func findsTheStampOfAnotherSignature() throws {
    let (sample, authority) = try stamped()
    try sample.write("data/reperform/README.txt", "changed\n")
    let stamp = try sample.bytes("tagmanifest-sha256.txt.sig.tsr")
    try sample.seal()
    try sample.write("tagmanifest-sha256.txt.sig.tsr", stamp)
    let result = try sample.verify(options(authority))
    #expect(result.findings.map(\.id) == ["timestamp.other"], "\(result.table)")
  }

  @Test func findsTheStampOfAnotherAuthority() throws {
    let (sample, _) = try stamped()
    let result = try sample.verify(options(try Authority.stranger.get()))
    #expect(result.findings.map(\.id) == ["timestamp.untrusted"], "\(result.table)")
  }

  @Test func findsAStampThatIsNone() throws {
    let (sample, authority) = try stamped()
    try sample.write("tagmanifest-sha256.txt.sig.tsr", "noon")
    let result = try sample.verify(options(authority))
    #expect(result.findings.map(\.id) == ["timestamp.malformed"], "\(result.table)")
  }

  @Test func findsAStampOlderThanTheEvidence() throws {
    let sample = try Sample()
    let authority = try Authority.shared.get()
    let lines = try sample.ledger().map { $0.replacingOccurrences(of: "2026-09", with: "2999-09") }
    try sample.chain(lines)
    try sample.seal()
    try authority.stamp(sample)
    let result = try sample.verify(options(authority))
    #expect(result.findings.map(\.id) == ["timestamp.early"], "\(result.table)")
  }
}
