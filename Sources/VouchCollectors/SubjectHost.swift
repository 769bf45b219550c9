import VouchModel

extension EvidenceItem {
  /// The machine that output without any machine's name in it speaks about.
  ///
  /// 1. The option `asset`. The value `file-name` takes it from the name of the file: everything
  ///    before `__`, or else before the last dot (`web-01__info.txt`, `web-01.example.org.txt`).
  /// 2. The destination, when the command ran through `ssh`.
  /// 3. For other commands the machine on which they ran.
  ///
  /// Nil for a file without the option: it was copied from a machine that nobody named.
  var subjectHost: String? {
    if let configured = configuredHost { return configured }
    guard provenance.transport == "command" else { return nil }
    let command = provenance.query.isEmpty ? provenance.endpoint : provenance.query
    if isSSH(command) { return sshDestination(in: command) }
    return provenance.host.isEmpty ? nil : provenance.host
  }

  /// The machine that the option `asset` names; nil without the option.
  var configuredHost: String? {
    guard let asset = options["asset"], !asset.isEmpty else { return nil }
    return asset == "file-name" ? hostInFileName : asset
  }

  private var hostInFileName: String? {
    let name = provenance.name.split(separator: "/").last ?? ""
    let stem: Substring
    if let mark = name.firstRange(of: "__") {
      stem = name[..<mark.lowerBound]
    } else if let dot = name.lastIndex(of: ".") {
      stem = name[..<dot]
    } else {
      stem = name
    }
    return stem.isEmpty ? nil : String(stem)
  }
}

/// The words of an argument vector, which may be written plainly or as a JSON array.
private func words(of command: String) -> ArraySlice<Substring> {
  command.split { $0.isWhitespace || "[]\",".contains($0) }[...]
}

private func isSSH(_ command: String) -> Bool {
  words(of: command).first?.split(separator: "/").last == "ssh"
}

/// The host of `ssh [options] [user@]host command`; nil when there is none.
private func sshDestination(in command: String) -> String? {
  var words = words(of: command).dropFirst()
  while let word = words.popFirst() {
    guard word.hasPrefix("-") else {
      let host = word.split(separator: "@").last.map(String.init) ?? ""
      return host.isEmpty ? nil : host
    }
    // ssh(1): these letters take an argument, which is the next word unless it is glued on.
    if word.count == 2, let letter = word.last, "BbcDEeFIiJLlmOopPQRSWw".contains(letter) {
      words = words.dropFirst()
    }
  }
  return nil
}

extension Diagnostic {
  static func subjectUnknown(_ format: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).host-unknown", .error, at: place,
      "the output does not name the machine it comes from",
      why: "it cannot be counted for any asset",
      fix: "set the option asset:, or asset: file-name and name the files after their machines")
  }
}
