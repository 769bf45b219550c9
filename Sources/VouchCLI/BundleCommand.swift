import ArgumentParser
import Foundation
import Vouch
import VouchModel

struct BundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Write the period's package: a folder and the same as a zip.",
    discussion: """
      Exit status 0: the package is complete and every control passes. 1: the package was written
      and says that not all is well, or INCOMPLETE.

      Examples:
        vouch bundle
        vouch bundle --sign ~/.ssh/id_ed25519
        vouch bundle --period 2026-Q2 --output /media/usb
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var time: PeriodOptions
  @Option(
    name: .long,
    help: ArgumentHelp("Where to write. Default: output/ in the workspace.", valueName: "dir"))
  var output: String?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Sign with this SSH key; without a value of its own, 'signing: {key: …}' of vouch.yaml is used by --signed.",
      valueName: "key"))
  var sign: String?
  @Flag(name: .long, help: "Sign with the key that vouch.yaml names.")
  var signed = false
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Folder with NIST's OSCAL schemas, to validate against them too.", valueName: "dir"))
  var schemas: String?
  @Flag(name: .long, help: "No progress and no summary.")
  var quiet = false

  func run() throws {
    let workspace = try Workspace(path: options.workspace)
    let key = sign ?? (signed ? workspace.configuration.signingKey : nil)
    if signed, sign == nil, workspace.configuration.signingKey.isEmpty {
      throw Refusal(
        .data,
        Diagnostic(
          "bundle.no-key", .error, at: "vouch.yaml", "no key is named for --signed",
          fix: "add 'signing: {key: ~/.ssh/id_ed25519}', or name one with --sign"))
    }
    let bar = ProgressLine(isOn: !quiet)
    let (receipt, assessment, warnings) = try workspace.bundle(
      period: try workspace.period(time.period), asOf: try time.moment(in: workspace),
      options: .init(output: output, signingKey: key, schemas: schemas), progress: bar.show)
    bar.clear()
    for note in warnings + receipt.notes { Terminal.error(note.rendered) }
    Terminal.out(receipt.folder)
    Terminal.out(receipt.archive)
    if !quiet {
      Terminal.error(
        "\(receipt.isComplete ? "complete" : "INCOMPLETE"): \(receipt.files) files, \(receipt.pages) pages, \(receipt.evidenceFiles) files of evidence, \(receipt.observations) observations"
      )
      Terminal.error("SHA-256 of the tag manifest, to send by another way: \(receipt.tagManifest)")
    }
    if !assessment.isAllWell || !receipt.isComplete { throw Answer.notAllWell }
  }
}
