import Foundation
import Synchronization
import VouchModel
import VouchPackages

/// What is laid beside a package's tag manifest: an SSH signature, and RFC 3161 time stamps.
///
/// `ssh-keygen` and `openssl` do the cryptography, so that agents, hardware keys and certificates
/// work and anybody can check the result with the same tools.
struct Sealing: Sendable {
  /// The namespace of the signature: a signature for another purpose does not count.
  static let namespace = "vouch-package"

  /// A private key, or a public one whose private half an agent holds; nil: not signed.
  var key: String?
  /// The time-stamping authority; nil: no time stamp.
  var authority: TimestampAuthority?

  var isEmpty: Bool { key == nil && authority == nil }

  /// What a seal says of itself, for the person who sends it on by another way.
  struct Facts: Sendable {
    /// `SHA256:…` of the key, as `ssh-keygen -l` prints it.
    var fingerprint: String?
    /// When the authority stamped the tag manifest.
    var stampedAt: Instant?
  }

  /// - Parameter manifest: the bytes of `tagmanifest-sha256.txt`.
  /// - Returns: the files to lay beside it. A failed seal is a refusal: a package that was to be
  ///   sealed is not released without.
  func seal(_ manifest: [UInt8]) throws -> (files: [PackageFile], facts: Facts) {
    let scratch = try ScratchFolder()
    let file = scratch.path + "/tagmanifest-sha256.txt"
    try Data(manifest).write(to: URL(fileURLWithPath: file))
    var files: [PackageFile] = []
    var facts = Facts()
    var stamped = [file]
    if let key {
      facts.fingerprint = try Self.sign(file, key: key)
      files.append(try Self.packed(file + ".sig"))
      // A stamp over the signature shows that the key was valid when it signed.
      stamped.append(file + ".sig")
    }
    if let authority {
      for path in stamped {
        let time = try authority.stamp(path)
        if facts.stampedAt == nil { facts.stampedAt = time }
        files.append(try Self.packed(path + ".tsr"))
      }
    }
    return (files, facts)
  }

  private static func packed(_ path: String) throws -> PackageFile {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    return PackageFile(path: (path as NSString).lastPathComponent, bytes: Array(bytes))
  }

  /// - Returns: the key's fingerprint.
  private static func sign(_ file: String, key: String) throws -> String {
    let key = (key as NSString).expandingTildeInPath
    guard FileManager.default.fileExists(atPath: key) else {
      throw refused(key, "there is no such key")
    }
    guard
      let answer = SystemTool.run(
        "ssh-keygen", ["-Y", "sign", "-q", "-f", key, "-n", namespace, file])
    else { throw refused(key, "ssh-keygen is not installed") }
    guard answer.isSuccess, FileManager.default.fileExists(atPath: file + ".sig") else {
      let line = answer.errors.split(separator: "\n").last.map(String.init)
      throw refused(key, "ssh-keygen could not sign\(line.map { ": \($0)" } ?? "")")
    }
    let check = SystemTool.run(
      "ssh-keygen", ["-Y", "check-novalidate", "-n", namespace, "-s", file + ".sig"], input: file)
    guard let check, check.isSuccess, let print = fingerprint(in: check.output) else {
      throw refused(key, "the signature that ssh-keygen made does not check")
    }
    return print
  }

  /// `Good "vouch-package" signature with ED25519 key SHA256:…`
  static func fingerprint(in text: String) -> String? {
    text.split(whereSeparator: \.isWhitespace).map(String.init).last { $0.hasPrefix("SHA256:") }
  }

  private static func refused(_ key: String, _ text: String) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "bundle.sign", .error, at: key, text,
        why: "a package that was to be signed is not released unsigned",
        fix: "name a key that ssh-keygen -Y sign takes, or bundle without --sign"))
  }
}

/// Keeps what a seal says of itself while the package is written.
final class Sealed: Sendable {
  private let kept = Mutex(Sealing.Facts())
  var facts: Sealing.Facts { kept.withLock { $0 } }

  func keep(_ seal: (files: [PackageFile], facts: Sealing.Facts)) -> [PackageFile] {
    kept.withLock { $0 = seal.facts }
    return seal.files
  }
}
