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
        vouch bundle --timestamp https://freetsa.org/tsr --tsa-ca cacert.pem
        vouch bundle --redact customers.yaml      a second package with values replaced
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
      "Have the package stamped by the time-stamping authority at this address (RFC 3161). It gets a digest, nothing else.",
      valueName: "url"))
  var timestamp: String?
  @Option(
    name: .customLong("tsa-ca"),
    help: ArgumentHelp(
      "Certificate that the stamp has to lead to, PEM. Default: those the machine trusts.",
      valueName: "file"))
  var tsaCA: String?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Folder with NIST's OSCAL schemas, to validate against them too.", valueName: "dir"))
  var schemas: String?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Write a redacted copy as well, by this policy (YAML): columns, patterns and words that are replaced by salted digests.",
      valueName: "policy"))
  var redact: String?
  @Flag(
    name: .long,
    help:
      "Print all pages as one PDF beside the package, with an installed Chromium or WeasyPrint.")
  var pdf = false
  @Flag(name: .long, help: "No progress and no summary.")
  var quiet = false
  @Flag(name: .long, help: "Also print how long each part of the work took.")
  var timings = false

  func run() throws {
    let workspace = try Workspace(path: options.workspace)
    if pdf { try Workspace.requirePrinter() }
    let key = sign ?? (signed ? workspace.configuration.signingKey : nil)
    if signed, sign == nil, workspace.configuration.signingKey.isEmpty {
      throw Refusal(
        .data,
        Diagnostic(
          "bundle.no-key", .error, at: "vouch.yaml", "no key is named for --signed",
          fix: "add 'signing: {key: ~/.ssh/id_ed25519}', or name one with --sign"))
    }
    let bar = ProgressLine(isOn: !quiet)
    var asked = Workspace.BundleOptions(output: output, signingKey: key, schemas: schemas)
    asked.timestampURL = timestamp
    asked.timestampCertificates = tsaCA
    var parts = PartTimes()
    let bundled = try workspace.bundle(
      period: try workspace.period(time.period), asOf: try time.moment(in: workspace),
      options: asked
    ) { step in
      parts.begin(step)
      bar.show(step)
    }
    if timings { for line in parts.lines() { Terminal.error(line) } }
    let (receipt, assessment) = (bundled.receipt, bundled.assessment)
    bar.clear()
    for note in bundled.warnings + receipt.notes { Terminal.error(note.rendered) }
    if !quiet { Advice.show(on: assessment) }
    Terminal.out(receipt.folder)
    Terminal.out(receipt.archive)
    if let redact { try redacted(receipt.folder, by: redact, key: key) }
    if pdf { Terminal.out(try Workspace.print(receipt.folder)) }
    if !quiet {
      Terminal.error(
        "\(receipt.isComplete ? "complete" : "INCOMPLETE"): \(receipt.files) files, \(receipt.pages) pages, \(receipt.evidenceFiles) files of evidence, \(receipt.observations) observations"
      )
      if let fingerprint = bundled.fingerprint {
        Terminal.error("signed with key \(fingerprint)")
      }
      if let time = bundled.stampedAt { Terminal.error("stamped at \(time.iso8601)") }
      Terminal.error("SHA-256 of the tag manifest, to send by another way: \(receipt.tagManifest)")
    }
    if !assessment.isAllWell || !receipt.isComplete { throw Answer.notAllWell }
  }

  private func redacted(_ folder: String, by policy: String, key: String?) throws {
    let copy = try Workspace.redact(folder, policy: policy, key: key)
    Terminal.out(copy.folder)
    Terminal.out(copy.archive)
    if quiet { return }
    Terminal.error(
      "redacted copy: \(copy.values) values replaced in \(copy.places) places; the salt is in \(copy.saltFile): keep it, and do not send it"
    )
    Terminal.error("SHA-256 of the copy's tag manifest: \(copy.tagManifest)")
  }
}
