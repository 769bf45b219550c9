import Foundation
import VouchModel

/// The SSH signature over the tag manifest, and through it over every file of the package.
///
/// `ssh-keygen` decides; nothing here does cryptography.
struct SignatureCheck {
  /// Keeps a signature made for something else (a commit, a login) from counting here.
  static let namespace = "vouch-package"

  private let context: Context
  private let time: Instant?
  private var check = Check("signature", "The tag manifest is signed by a known signer")
  private let file = PackageLayout.signature

  /// - Parameter time: when the signature was made, if a time stamp proves it; else the signer's
  ///   key has to be valid now.
  static func run(_ context: Context, time: Instant?) -> Check {
    var run = SignatureCheck(context: context, time: time)
    run.examine()
    return run.check
  }

  private init(context: Context, time: Instant?) {
    self.context = context
    self.time = time
  }

  private mutating func examine() {
    let signers = context.options.signers
    guard context.package.has(file) else {
      if signers == nil {
        check = check.skipping("the package is not signed")
      } else {
        check.find("missing", file, "the package is not signed")
      }
      return
    }
    guard let bytes = context.bytes(file, limit: 1 << 20, for: &check),
      let manifest = context.bytes(PackageLayout.tagManifest, for: &check)
    else { return }
    guard let signature = SSHSignature(bytes) else {
      check.find("malformed", file, "is no SSH signature")
      return
    }
    guard signature.namespace == Self.namespace else {
      check.find(
        "namespace", file, "was made for another purpose", expected: Self.namespace,
        actual: signature.namespace)
      return
    }
    do {
      let scratch = try Scratch()
      try ask(
        signature, try scratch.write(bytes, as: "signature"),
        try scratch.write(manifest, as: "manifest"), signers)
    } catch {
      check.find("unreadable", file, "cannot be handed to ssh-keygen")
    }
  }

  private mutating func ask(
    _ signature: SSHSignature, _ path: String, _ manifest: String, _ signers: String?
  ) throws {
    let bare = ["-Y", "check-novalidate", "-n", Self.namespace, "-s", path]
    guard let answer = Tool.run("ssh-keygen", bare, input: manifest) else {
      if signers == nil {
        check = check.skipping("ssh-keygen is not installed")
      } else {
        check.find("no-tool", file, "ssh-keygen is not installed, so nothing can be said")
      }
      return
    }
    guard answer.isSuccess else {
      check.find(
        "other", file, "is no signature of this tagmanifest-sha256.txt",
        actual: "key \(signature.fingerprint)")
      return
    }
    guard let signers else {
      check.note =
        "by key \(signature.fingerprint); whose it is was not asked: no list of signers was given"
      return
    }
    try askWho(signature, path, manifest, signers)
  }

  private mutating func askWho(
    _ signature: SSHSignature, _ path: String, _ manifest: String, _ signers: String
  ) throws {
    // A relative path that begins with a hyphen must not be read as an option.
    let list = URL(fileURLWithPath: signers).path
    let when = time.map { ["-O", "verify-time=\($0.compact)"] } ?? []
    let find = ["-Y", "find-principals", "-s", path, "-f", list] + when
    guard let found = Tool.run("ssh-keygen", find) else { return }
    // Of a certificate that is not valid now it names nobody, and says no reason.
    let names =
      found.isSuccess
      ? found.output.split(whereSeparator: \.isNewline).map(String.init) : signature.principals
    var refusals = found.isSuccess ? "" : found.errors
    for name in names
    where context.options.signer == nil || context.options.signer == name {
      let verify =
        ["-Y", "verify", "-f", list, "-I", name, "-n", Self.namespace, "-s", path] + when
      guard let answer = Tool.run("ssh-keygen", verify, input: manifest) else { return }
      if answer.isSuccess {
        check.note = "by \(name), key \(signature.fingerprint)"
        return
      }
      refusals += answer.errors
    }
    reportKey(refusals, signature)
  }

  /// Puts ssh-keygen's reason into a finding of its own.
  private mutating func reportKey(_ reason: String, _ signature: SSHSignature) {
    let (id, text) =
      if reason.contains("has expired") || reason.contains("Certificate invalid: expired") {
        ("expired", "the signer's key or certificate is no longer valid")
      } else if reason.contains("not yet valid") {
        ("not-yet-valid", "the signer's key or certificate is not yet valid")
      } else if reason.contains("not permitted for use in signature namespace") {
        ("not-permitted", "the signer may not sign packages (namespaces)")
      } else {
        ("unknown-key", "is by a key that is not in the list of signers")
      }
    check.find(id, file, text, actual: "key \(signature.fingerprint)")
  }
}

extension Instant {
  /// `20260701000000Z`, as `ssh-keygen -O verify-time` takes it.
  fileprivate var compact: String {
    String(iso8601.filter { $0.isNumber || $0 == "Z" })
  }
}

/// The parts of an SSH signature that say what it is (OpenSSH, PROTOCOL.sshsig).
struct SSHSignature {
  let namespace: String
  /// As `ssh-keygen -l` prints it: `SHA256:…`.
  let fingerprint: String
  /// Whom a certificate names; nobody when the key has none.
  let principals: [String]

  init?(_ bytes: [UInt8]) {
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard lines.count > 2, lines.first == "-----BEGIN SSH SIGNATURE-----",
      lines.last == "-----END SSH SIGNATURE-----",
      let blob = Data(base64Encoded: lines.dropFirst().dropLast().joined())
    else { return nil }
    var rest = Array(blob)[...]
    guard rest.starts(with: "SSHSIG".utf8) else { return nil }
    rest = rest.dropFirst(10)
    guard let key = Self.string(&rest), let namespace = Self.string(&rest) else { return nil }
    self.namespace = String(decoding: namespace, as: UTF8.self)
    let certificate = Self.certificate(key)
    principals = certificate?.principals ?? []
    let digest = Digest.sha256(certificate?.key ?? key).hex
    let raw = stride(from: 0, to: 64, by: 2).compactMap { at -> UInt8? in
      let start = digest.index(digest.startIndex, offsetBy: at)
      return UInt8(digest[start...].prefix(2), radix: 16)
    }
    fingerprint = "SHA256:" + Data(raw).base64EncodedString().prefix { $0 != "=" }
  }

  /// How many strings a key has behind its type, by the kind of a certificate.
  private static let certified = [
    "ssh-ed25519": 1, "ssh-rsa": 2, "ecdsa-sha2-nistp256": 2, "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2, "sk-ssh-ed25519": 2, "sk-ecdsa-sha2-nistp256": 3,
  ]

  /// The key inside of a certificate, whose fingerprint is the certificate's, and whom it names
  /// (OpenSSH, PROTOCOL.certkeys); nil when it is none.
  private static func certificate(
    _ blob: ArraySlice<UInt8>
  ) -> (key: ArraySlice<UInt8>, principals: [String])? {
    var rest = blob
    let mark = "-cert-v01@openssh.com"
    guard let type = string(&rest).map({ String(decoding: $0, as: UTF8.self) }),
      type.hasSuffix(mark), let count = certified[String(type.dropLast(mark.count))],
      string(&rest) != nil
    else { return nil }
    let plain = type.dropLast(mark.count) + (type.hasPrefix("sk-") ? "@openssh.com" : "")
    var key = counted(Array(plain.utf8))
    for _ in 0..<count {
      guard let part = string(&rest) else { return nil }
      key += counted(Array(part))
    }
    // A serial number and the kind of certificate, then its name.
    rest = rest.dropFirst(12)
    guard string(&rest) != nil, var list = string(&rest) else { return nil }
    var principals: [String] = []
    while let name = string(&list) { principals.append(String(decoding: name, as: UTF8.self)) }
    return (key[...], principals)
  }

  private static func counted(_ bytes: [UInt8]) -> [UInt8] {
    stride(from: 24, through: 0, by: -8).map { UInt8(bytes.count >> $0 & 0xFF) } + bytes
  }

  private static func string(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    guard rest.count >= 4, rest.count - 4 >= length else { return nil }
    let value = rest.dropFirst(4).prefix(length)
    rest = rest.dropFirst(4 + length)
    return value
  }
}
