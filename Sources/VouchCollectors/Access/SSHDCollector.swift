import Foundation
import VouchModel

/// Reads `sshd -T`, the effective settings of the SSH server of one host.
///
/// The row has the column `sshd` only. Whether a server listens is not in this output.
enum SSHDCollector: Collector {
  static let format = "sshd"
  static let summary = "Effective settings of the SSH server (sshd -T)"
  static let gives: [RecordType] = [.host_config, .host_sighting]

  /// Of these, every output has most.
  private static let marks: Set<Substring> = [
    "addressfamily", "allowagentforwarding", "authenticationmethods", "clientaliveinterval",
    "maxauthtries", "logingracetime", "passwordauthentication", "permitrootlogin",
    "pubkeyauthentication", "usepam", "x11forwarding",
  ]

  static func recognises(_ head: Head) -> Bool {
    let words = head.firstLines.filter { !$0.isEmpty }.map { $0.prefix { $0 != " " } }
    return words.allSatisfy { $0.allSatisfy { $0.isLowercase || $0.isNumber } }
      && marks.intersection(words).count >= 3
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_config)
    guard let host = reading.commandHost(format: format) else { return }
    var settings = Settings()
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self)
      guard !line.isEmpty else { return }
      if let list = settings.take(line) {
        reading.diagnose(.listNotExpanded(list, at: item.at("L\(number)")))
      }
    }
    let missing = ["permitrootlogin", "passwordauthentication", "port"].filter { !settings.has($0) }
    guard missing.isEmpty else {
      reading.diagnose(.incomplete(missing, at: item.label))
      return
    }
    reading.appendCommandSighting(of: host)
    var record = Record(.host_config, place: "L1")
    record["asset_id"] = .text(host)
    record["sshd"] = .text(settings.json)
    reading.append(record)
  }
}

/// The settings by keyword; of lists, all elements in their order.
private struct Settings {
  private var lists: [String: [String]] = [:]
  private var values: [String: String] = [:]

  /// Keywords whose value is a list with commas.
  private static let commaLists: Set<String> = [
    "casignaturealgorithms", "ciphers", "gssapikexalgorithms", "hostbasedacceptedalgorithms",
    "hostbasedacceptedkeytypes", "hostkeyalgorithms", "kexalgorithms", "macs",
    "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes",
  ]
  /// Keywords whose value is a list with blanks, or that occur once for each element.
  private static let blankLists: Set<String> = [
    "acceptenv", "allowgroups", "allowusers", "authenticationmethods", "authorizedkeysfile",
    "authorizedprincipalsfile", "denygroups", "denyusers", "permitlisten", "permitopen", "setenv",
  ]
  /// Keywords that occur once for each element, blanks and all.
  private static let repeated: Set<String> = ["hostkey", "listenaddress", "port", "subsystem"]

  init() {
    // sshd -T leaves these out when nobody is named; it prints everything else.
    for keyword in ["allowgroups", "allowusers", "denygroups", "denyusers"] { lists[keyword] = [] }
  }

  /// Adds a line; returns the keyword of a list that stands as a change to a default
  /// (`+`, `-` or `^` in front), which is not an effective value.
  mutating func take(_ line: String) -> String? {
    let keyword = String(line.prefix { $0 != " " })
    let value = line.dropFirst(keyword.count + 1).trimmingCharacters(in: .whitespaces)
    if Self.commaLists.contains(keyword) {
      lists[keyword, default: []] += value.split(separator: ",").map(String.init)
      return value.first.map { "+-^".contains($0) } == true ? keyword : nil
    }
    if Self.blankLists.contains(keyword) {
      lists[keyword, default: []] += value.split(separator: " ").map(String.init)
    } else if Self.repeated.contains(keyword) {
      lists[keyword, default: []].append(value)
    } else {
      values[keyword] = value
    }
    return nil
  }

  func has(_ keyword: String) -> Bool { values[keyword] != nil || lists[keyword] != nil }

  /// One object, keywords sorted, whole numbers as numbers.
  var json: String {
    let scalars = values.map { ($0.key, scalar($0.value)) }
    let arrays = lists.map { ($0.key, "[" + $0.value.map(scalar).joined(separator: ",") + "]") }
    let members = (scalars + arrays).sorted { $0.0 < $1.0 }
    return "{" + members.map { "\(JSONText.quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
  }

  private func scalar(_ value: String) -> String {
    if let number = Int(value), String(number) == value { return value }
    return JSONText.quoted(value)
  }
}

extension Diagnostic {
  fileprivate static func listNotExpanded(_ keyword: String, at place: String) -> Diagnostic {
    Diagnostic(
      "sshd.list-not-expanded", .warning, at: place,
      "\(keyword) is written as a change to the default list",
      why: "the names that are in force beside it are not in the output",
      fix: "name the whole list in sshd_config, without + - or ^")
  }

  fileprivate static func incomplete(_ missing: [String], at place: String) -> Diagnostic {
    Diagnostic(
      "sshd.truncated", .error, at: place,
      "the output lacks \(missing.joined(separator: ", ")), which sshd -T always prints",
      why: "settings after this place are missing, so the host's state is unknown",
      fix: "run sshd -T again as root, without a filter")
  }
}
