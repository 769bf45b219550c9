/// What a command line may show in the ledger, in messages and in the package.
enum CommandSecrets {
  /// The line without passwords in addresses, values of options and variables that are named like
  /// secrets, and what follows `Authorization:`. A secret belongs into the environment; one that
  /// stands in the arguments all the same is not carried on.
  static func redacted(_ line: String) -> String {
    line
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
