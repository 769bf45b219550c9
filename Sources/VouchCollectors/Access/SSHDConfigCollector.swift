import VouchModel

/// Knows `sshd_config` and refuses it: the file is not the effective state.
///
/// Defaults of the version, `Include` files, `Match` blocks and the command line all change it, and
/// of a keyword that occurs twice the first counts. `sshd -T` tells what is in force.
enum SSHDConfigCollector: Collector {
  static let format = "sshd_config"
  static let summary = "sshd_config: refused, sshd -T is the evidence"
  static let gives: [RecordType] = [.host_config]

  private static let keywords: Set<String> = [
    "acceptenv", "addressfamily", "allowgroups", "allowusers", "authorizedkeysfile",
    "challengeresponseauthentication", "hostkey", "kbdinteractiveauthentication", "listenaddress",
    "passwordauthentication", "permitrootlogin", "port", "pubkeyauthentication", "subsystem",
    "syslogfacility", "usepam", "x11forwarding",
  ]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == nil, head.xmlRoot == nil else { return false }
    if head.text.contains("$OpenBSD: sshd_config,v") { return true }
    let words = head.firstLines.map { line in
      line.drop { $0.isWhitespace || $0 == "#" }.prefix { !$0.isWhitespace }
    }
    // sshd -T prints its keywords in lower case, people write them as the manual does.
    return Set(words.filter { $0.first?.isUppercase == true }.map { $0.lowercased() })
      .intersection(keywords).count >= 3
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_config)
    reading.diagnose(
      Diagnostic(
        "sshd_config.not-effective", .error, at: item.label,
        "sshd_config is not the effective state of the SSH server",
        why: "defaults, Include, Match and the command line change what the file says",
        fix: "collect the output of sshd -T as root, with format: sshd"))
  }
}
