import Foundation
import Testing
import VouchModel

/// A small workspace that can be put back to how it was, with what must hold of it at any moment.
final class CrashWorkspace {
  let path: String
  private let pristine: String

  init() throws {
    let folder = NSTemporaryDirectory() + "vouch-crash-\(UUID().uuidString)"
    path = folder + "/work"
    pristine = folder + "/pristine"
    let inbox = path + "/evidence/inbox"
    try FileManager.default.createDirectory(atPath: inbox, withIntermediateDirectories: true)
    try Self.configuration.write(toFile: path + "/vouch.yaml", atomically: false, encoding: .utf8)
    for day in 1...4 {
      try Self.accounts(day).write(
        toFile: "\(inbox)/accounts-2026-07-0\(day).csv", atomically: false, encoding: .utf8)
    }
    // One that is larger than a buffer, and one that nobody can read.
    try Data(repeating: 0x41, count: 3 << 20).write(
      to: URL(fileURLWithPath: inbox + "/large.bin"))
    let packed = try Program.run(
      "/usr/bin/env", ["gzip", "-kn", "\(inbox)/accounts-2026-07-01.csv"])
    #expect(packed.status == 0)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
  }

  private static let configuration = """
    organization: {name: Crash Test}
    system: {name: Books}
    zone: UTC
    period: 2026-Q3
    controls:
      IAM-01: {owner: p-001}
      IAM-04: {owner: p-001}
    sources:
      accounts:
        file: evidence/inbox/*
        format: table
        record: account
        columns: {account_id: id, source: system, status: status}
    publishing:
      url: https://example.com/security/
      description: Bookkeeping for small companies.
      boundaries: The application and the machines that run it.
      commitments: [It is up.]
      contact: {text: Questions., email: trust@example.com}
      vulnerability_reports: {email: security@example.com}
      approver: ["Maria Example, CISO"]
    """

  private static func accounts(_ day: Int) -> String {
    "id,system,status\n"
      + (1...40).map { "u\($0 + day),okta,active\n" }.joined()
  }

  /// Keeps the workspace as it is now, to go back to.
  func keep() throws {
    try? FileManager.default.removeItem(atPath: pristine)
    try copy(path, pristine)
  }

  func restore() throws {
    try? FileManager.default.removeItem(atPath: path)
    try copy(pristine, path)
  }

  /// Leaves a copy for people to look at, when they asked for one.
  func show(_ name: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["VOUCH_CRASH_KEEP"] else { return }
    try copy(path, "\(folder)/\(name)")
    try copy(pristine, "\(folder)/\(name)-before")
  }

  private func copy(_ from: String, _ to: String) throws {
    let copied = try Program.run("/usr/bin/env", ["cp", "-a", from, to])
    #expect(copied.status == 0)
  }

  func vouch(
    _ arguments: [String], environment: [String: String] = [:], killAfter: Double? = nil
  ) throws -> Program.Result {
    try Program.vouch(arguments, in: path, environment: environment, killAfter: killAfter)
  }

  /// Paths and digests of the files below a folder; hidden names only when asked for.
  func files(below folder: String) -> [String: Digest] {
    var all: [String: Digest] = [:]
    let root = "\(path)/\(folder)"
    for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init() {
      var status = stat()
      guard lstat("\(root)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        continue
      }
      let bytes = (try? Data(contentsOf: URL(fileURLWithPath: "\(root)/\(name)"))) ?? Data()
      all[name] = .sha256(bytes)
    }
    return all
  }

  var ledger: Data {
    FileManager.default.contents(atPath: path + "/evidence/ledger.jsonl") ?? Data()
  }

  /// What does not hold of the evidence: every whole line of the ledger follows the one before,
  /// and the bytes it names are there and right.
  func faultsOfEvidence() -> [String] {
    var faults: [String] = []
    var previous = String(repeating: "0", count: 64)
    // A last line without its line feed was never reported.
    for line in ledger.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
      guard let json = try? JSON.parse(line) else {
        faults.append(
          "a whole line of the ledger is no JSON: \(String(decoding: line, as: UTF8.self))")
        continue
      }
      if json["prev"].string != previous { faults.append("entry \(json["seq"]) breaks the chain") }
      previous = Digest.sha256(line).hex
      guard json["kind"].string == "preserved", let hex = json["sha256"].string else { continue }
      let object = "\(path)/evidence/objects/\(hex.prefix(2))/\(hex)"
      guard let bytes = FileManager.default.contents(atPath: object) else {
        faults.append("entry \(json["seq"]) is preserved, its bytes are missing")
        continue
      }
      if Digest.sha256(bytes).hex != hex { faults.append("entry \(json["seq"]) has other bytes") }
    }
    return faults
  }
}
