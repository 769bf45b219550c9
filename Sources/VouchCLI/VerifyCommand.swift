import ArgumentParser
import Foundation
import Vouch
import VouchModel
import VouchVerify

struct VerifyCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a package: digests, completeness, signature, schemas, references, figures.",
    discussion: """
      Needs nothing but the package. Exit status 0: valid. 1: not valid; every finding names its file.

      Examples:
        vouch verify northlight-ledger-soc2-2026-Q3.zip
        vouch verify northlight-ledger-soc2-2026-Q3 --signers allowed_signers
      """)

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Allowed signers, as ssh-keygen -Y verify takes them. With it, a package that is not signed is not valid.",
      valueName: "file"))
  var signers: String?
  @Option(name: .long, help: ArgumentHelp("The signer it has to be.", valueName: "identity"))
  var signer: String?
  @Option(
    name: .customLong("tsa-ca"),
    help: ArgumentHelp(
      "Certificate of the time-stamping authority, PEM. With it, a package without time stamp is not valid.",
      valueName: "file"))
  var authority: String?
  @Option(name: .long, help: ArgumentHelp("Folder with NIST's OSCAL schemas.", valueName: "dir"))
  var schemas: String?
  @Option(name: .long, help: "table or json.")
  var format = Format.table
  @Flag(name: .long, help: "Only the exit status and the findings.")
  var quiet = false
  @Argument(help: "The package: a folder or a zip.")
  var package: String

  func run() throws {
    var options = VerifyOptions()
    options.signers = signers
    options.signer = signer
    options.authority = authority
    options.schemas = schemas
    let verification = try PackageVerifier.verify(package, options: options)
    switch format {
    case .json: Terminal.write(verification.json)
    case .table:
      if quiet {
        for finding in verification.findings { Terminal.error(finding.diagnostic.rendered) }
      } else {
        Terminal.write(verification.table)
      }
    }
    if !verification.isValid { throw Answer.notAllWell }
  }
}
