import VouchModel

/// Output of a host's own command (`sshd -T`, `nft`, `lsblk`) names no host, so the source has to.
///
/// The records of such commands are `host_config` rows with only their own column filled: `sshd`
/// from one command, `firewall` from another, `disks` from a third. The store merges the rows of
/// one host and day; a collector sees one piece of evidence and cannot.
extension Reading {
  /// The host whose command printed this, see ``VouchModel/EvidenceItem/subjectHost``; nil and a
  /// diagnostic when nobody names it.
  func commandHost(format: String) -> String? {
    guard let host = item.subjectHost else {
      diagnose(.subjectUnknown(format, at: item.label))
      return nil
    }
    return host
  }

  /// Records that the host of a command was seen, by the only name that is known of it.
  func appendCommandSighting(of host: String) {
    append(.hostSighting(source: "host_command", ref: host, place: "L1"))
  }
}
