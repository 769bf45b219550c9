import Foundation
import VouchModel
import VouchPackages

/// Signs a package's tag manifest with `ssh-keygen`, so that agents, hardware keys and
/// certificates work and anybody can check it.
enum Sealing {
  /// The namespace of the signature: a signature for another purpose does not count.
  static let namespace = "vouch-package"

  /// - Parameters:
  ///   - manifest: the bytes of `tagmanifest-sha256.txt`.
  ///   - key: a private key, or a public one whose private half an agent holds.
  static func sign(_ manifest: [UInt8], key: String) throws -> [PackageFile] {
    let scratch = try ScratchFolder()
    let file = scratch.path + "/tagmanifest-sha256.txt"
    try Data(manifest).write(to: URL(fileURLWithPath: file))
    let key = (key as NSString).expandingTildeInPath
    guard FileManager.default.fileExists(atPath: key) else {
      throw refused(key, "there is no such key")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["ssh-keygen", "-Y", "sign", "-q", "-f", key, "-n", namespace, file]
    process.standardInput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw refused(key, "ssh-keygen is not installed")
    }
    let text = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0,
      let signature = FileManager.default.contents(atPath: file + ".sig")
    else {
      let line = String(decoding: text, as: UTF8.self).split(separator: "\n").last.map(String.init)
      throw refused(key, "ssh-keygen could not sign\(line.map { ": \($0)" } ?? "")")
    }
    return [PackageFile(path: "tagmanifest-sha256.txt.sig", bytes: Array(signature))]
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
