/// What a command line may show in the ledger, in messages and in the package.
enum CommandSecrets {
  /// The line without passwords in addresses, values of options and variables that are named like
  /// secrets, and what follows `Authorization:`. A secret belongs into the environment; one that
  /// stands in the arguments all the same is not carried on.
  ///
  /// - Parameter values: values that are secrets, wherever they stand.
  static func redacted(_ line: String, values: [String] = []) -> String {
    values.filter { $0.utf8.count >= 6 }.reduce(line) { $0.replacing($1, with: "REDACTED") }
      .replacing(/(:\/\/[^\s:@\/]*):[^\s@\/]+@/) { "\($0.1):REDACTED@" }
      .replacing(
        /(?i)((?:^|[\s'"-])[a-z0-9_-]*(?:password|passwd|passphrase|token|secret|apikey|api[_-]key)[a-z0-9_-]*=)[^\s'"&]+/
      ) { "\($0.1)REDACTED" }
      .replacing(/(?i)(--?(?:password|passwd|passphrase|token|secret|api-?key) )(?!-)\S+/) {
        "\($0.1)REDACTED"
      }
      .replacing(/(?i)(authorization: *(?:basic|bearer|token|ssws)? *)[^\s'"]+/) {
        "\($0.1)REDACTED"
      }
  }
}

extension Source {
  /// The fields of this source in which something is written out that looks like a secret; an
  /// address, an argument or a header has it from the environment.
  public var writtenSecrets: [String] {
    switch transport {
    case .file: return []
    case .command(let command):
      let line = command.arguments.joined(separator: " ")
      return CommandSecrets.redacted(line) == line ? [] : ["command"]
    case .http(let request):
      var fields: [String] = []
      if HTTPTransport.showsSecret(request.url) { fields.append("url") }
      fields += request.query.keys.sorted().filter {
        HTTPTransport.isSecret($0) && !(request.query[$0] ?? "").contains("${")
      }.map { "query parameter \($0)" }
      fields += request.headers.keys.sorted().filter { name in
        let value = request.headers[name] ?? ""
        return
          (HTTPTransport.isSecret(name) || name.lowercased() == "authorization"
          || name.lowercased() == "cookie") && !value.isEmpty && !value.contains("${")
      }.map { "header \($0)" }
      return fields
    }
  }
}
