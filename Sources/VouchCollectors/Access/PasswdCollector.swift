import Foundation
import VouchModel

/// Reads `/etc/passwd` or `getent passwd`: the local accounts of one host.
///
/// Whether a password is set stands in `shadow`, which is not read. Accounts whose shell lets
/// nobody in are services; the membership in groups comes from ``GroupCollector``.
enum PasswdCollector: Collector {
  static let format = "passwd"
  static let summary = "Local accounts of a host (/etc/passwd, getent passwd)"
  static let gives: [RecordType] = [.account, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let lines = head.firstLines.filter { !$0.hasPrefix("#") && !$0.isEmpty }
    return !lines.isEmpty && lines.allSatisfy { Entry($0) != nil }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let host = reading.commandHost(format: format) else { return }
    reading.appendCommandSighting(of: host)
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self)
      if line.isEmpty || line.hasPrefix("#") { return }
      guard let entry = Entry(line) else {
        reading.diagnose(.badAccountEntry(format, fields: 7, at: item.at("L\(number)")))
        return
      }
      reading.append(entry.record(host: host, place: "L\(number)"))
    }
  }

  /// `name:x:uid:gid:gecos:home:shell`.
  private struct Entry {
    let name: String
    let uid: Int
    let shell: String

    init?(_ line: some StringProtocol) {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 7, !fields[0].isEmpty, let uid = Int(fields[2]), Int(fields[3]) != nil,
        fields[6].isEmpty || fields[6].hasPrefix("/")
      else { return nil }
      name = String(fields[0])
      self.uid = uid
      shell = String(fields[6])
    }

    /// An empty field means /bin/sh (passwd(5)).
    var isInteractive: Bool {
      let program = shell.split(separator: "/").last ?? "sh"
      return !["nologin", "false", "true", "sync", "shutdown", "halt"].contains(program)
    }

    func record(host: String, place: String) -> Record {
      var record = Record.account(
        source: "linux", id: "\(host):\(name)", names: [name], place: place)
      if !isInteractive {
        record["kind"] = .text("service")
      } else if uid >= 1000 {
        record["kind"] = .text("human")
      }
      record["status"] = .text("active")
      record["interactive"] = .flag(isInteractive)
      if uid == 0 { record["privileged"] = .flag(true) }
      record["hostname"] = .text(host)
      return record
    }
  }
}

extension Diagnostic {
  /// A line of passwd or group that is no entry.
  static func badAccountEntry(
    _ format: String, fields: Int, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "\(format).fields", .error, at: place, "the line is no entry of \(fields) fields",
      why: "the account it may hold is missing from the population",
      fix: "collect the file unedited, or with getent \(format)")
  }
}
