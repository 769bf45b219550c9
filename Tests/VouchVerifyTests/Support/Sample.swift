import Foundation
import VouchVerify

/// A package on disk that a test may change, with what is needed to make it look untouched again.
///
/// Made without any code of the program: text files, `sha256sum`, `sqlite3` and `ssh-keygen`.
struct Sample {
  static let name = "example-shop-soc2-2026-Q3"

  /// The package's folder.
  let root: String
  private let owner: TemporaryFolder

  /// A copy of the one package that all tests begin with.
  init() throws {
    owner = try TemporaryFolder()
    root = "\(owner.path)/\(Self.name)"
    try Shell.run(["cp", "-R", "\(SampleBuilder.shared.get().path)/\(Self.name)", root])
  }

  /// Signing keys and lists of signers, made once.
  static var keys: SampleKeys { get throws { try SampleKeys.shared.get() } }

  /// Verifies the folder. A method, so that the folder outlives its verification.
  func verify(_ options: VerifyOptions = Self.options) throws -> Verification {
    let result = try PackageVerifier.verify(root, options: options)
    return withExtendedLifetime(owner) { result }
  }

  /// Verifies the package as a zip.
  func verifyZip(_ options: VerifyOptions = Self.options) throws -> Verification {
    let result = try PackageVerifier.verify(try zipped(), options: options)
    return withExtendedLifetime(owner) { result }
  }

  /// Asks for a signature by the sample's signer.
  static var options: VerifyOptions {
    var options = VerifyOptions()
    options.signers = try? keys.signers
    return options
  }

  // MARK: Files

  func place(_ path: String) -> String { "\(root)/\(path)" }

  func read(_ path: String) throws -> String {
    try String(contentsOfFile: place(path), encoding: .utf8)
  }

  func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: place(path))))
  }

  func write(_ path: String, _ text: String) throws { try write(path, Array(text.utf8)) }

  func write(_ path: String, _ bytes: [UInt8]) throws {
    let url = URL(fileURLWithPath: place(path))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: place(path)) }

  func move(_ path: String, to other: String) throws {
    try FileManager.default.moveItem(atPath: place(path), toPath: place(other))
  }

  /// Replaces the first occurrence of a text, which has to be there.
  func replace(_ path: String, _ old: String, _ new: String) throws {
    let text = try read(path)
    guard let range = text.range(of: old) else {
      throw Shell.Failure(description: "\(path) does not hold '\(old)'")
    }
    try write(path, text.replacingCharacters(in: range, with: new))
  }

  /// Changes one bit of the byte in the middle.
  func flip(_ path: String) throws {
    var bytes = try bytes(path)
    bytes[bytes.count / 2] ^= 1
    try write(path, bytes)
  }

  /// Paths of the evidence files, sorted; the ledger is not among them.
  func evidence() throws -> [String] {
    try Shell.run(["find", "data/evidence", "-type", "f"], in: root)
      .split(separator: "\n").map(String.init)
      .filter { !$0.hasSuffix("ledger.jsonl") }.sorted()
  }

  func evidence(_ source: String) throws -> String {
    guard let path = try evidence().first(where: { $0.contains("/\(source)/") }) else {
      throw Shell.Failure(description: "no evidence of \(source)")
    }
    return path
  }

  // MARK: Making it look untouched

  /// What someone does who may write manifests and has the key: totals, manifests, signature.
  func seal() throws { try SampleBuilder.seal(root, key: Self.keys.key) }

  /// The same for the tag files only.
  func sealTags() throws { try SampleBuilder.sealTags(root, key: Self.keys.key) }

  func sign(_ key: String, purpose: String = "vouch-package") throws {
    try SampleBuilder.sign(root, key: key, purpose: purpose)
  }

  func setLabel(_ label: String, _ value: String) throws {
    try SampleBuilder.setLabel(label, value, in: root)
  }

  /// Chains the ledger's lines anew from their numbers, and names the end in `bag-info.txt`.
  func chain(_ lines: [String]) throws {
    try SampleBuilder.writeLedger(lines, in: root)
  }

  func ledger() throws -> [String] {
    try read("data/evidence/ledger.jsonl").split(separator: "\n").map(String.init)
  }

  /// The package as a zip beside its folder, as any archiver would make it.
  func zipped() throws -> String {
    let zip = "\(root).zip"
    try? FileManager.default.removeItem(atPath: zip)
    try Shell.run(["zip", "-q", "-r", "-X", zip, Self.name], in: owner.path)
    return zip
  }
}

/// Keys of made-up signers, and lists that name them in several ways.
struct SampleKeys: Sendable {
  let key: String
  let otherKey: String
  let signers: String
  let expired: String
  let notYetValid: String
  let otherPurpose: String
  let stranger: String
  private let owner: TemporaryFolder

  static let shared = Result { try SampleKeys() }

  private init() throws {
    owner = try TemporaryFolder()
    let folder = owner.path
    key = "\(folder)/key"
    otherKey = "\(folder)/other-key"
    for path in [key, otherKey] {
      try Shell.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "signer", "-f", path])
    }
    func list(_ name: String, _ options: String, _ key: String) throws -> String {
      let words = try String(contentsOfFile: "\(key).pub", encoding: .utf8).split(separator: " ")
      let line = "signer@example \(options)\(words[0]) \(words[1])\n"
      try line.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      return "\(folder)/\(name)"
    }
    signers = try list("signers", "namespaces=\"vouch-package\" ", key)
    expired = try list("expired", "valid-before=\"20200101\" ", key)
    notYetValid = try list("not-yet", "valid-after=\"29000101\" ", key)
    otherPurpose = try list("other-purpose", "namespaces=\"git\" ", key)
    stranger = try list("stranger", "", otherKey)
  }
}
