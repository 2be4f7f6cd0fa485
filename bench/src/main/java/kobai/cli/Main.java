package kobai.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The command line. Results go to standard output, everything else to standard error.
 *
 * <p>Exit codes: 0 all went well; 1 a check failed (the command ran, its answer is no); 2 wrong
 * usage or bad input; 70 an internal error, a fault of the program (the customary number for it, so
 * that a script can tell it from a failed check).
 */
@Command(
    name = "kobai",
    description = "Benchmarks and compares gradient estimators for recurrent networks.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  kobai compare --quick        compare the estimators in two minutes",
      "  kobai verify                 check that every gradient is what it claims to be",
      "  kobai train                  train a network, with any of the algorithms",
      "  kobai list                   what can be compared",
      "  kobai data list              what else can be learnt from",
      "  kobai reproduce list         published experiments that can be run again",
      "  kobai COMMAND --help         the options of a command, with examples",
      "",
      "Environment: KOBAI_JAVA_HOME names the JDK to use, KOBAI_JVM_ARGS holds options for it"
          + " (-Xmx4g),",
      "NO_COLOR switches colours off."
    })
public final class Main {
  /** Exit code: a check failed. */
  public static final int CHECK_FAILED = 1;

  /** Exit code: wrong usage or bad input. */
  public static final int USAGE = 2;

  /** Exit code: a fault of the program. */
  public static final int INTERNAL_ERROR = 70;

  private static final int WIDTH = 100;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean debug;

  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] args) {
    PrintStream out = stream(FileDescriptor.out, "stdout.encoding");
    PrintStream err = stream(FileDescriptor.err, "stderr.encoding");
    System.setOut(out);
    System.setErr(err);
    int code =
        run(
            args,
            new PrintWriter(out, true, out.charset()),
            new PrintWriter(err, true, err.charset()));
    out.flush();
    err.flush();
    System.exit(code);
  }

  /** Runs a command with these streams and returns its exit code. */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    var main = new Main();
    CommandLine commandLine = main.commandLine().setOut(out).setErr(err);
    try {
      return commandLine.execute(args);
    } catch (Error e) { // picocli hands on what is not an Exception
      return Failures.report(e, commandLine, main.debug);
    }
  }

  private CommandLine commandLine() {
    var commandLine = new CommandLine(this);
    commandLine.addSubcommand(new CompareCommand());
    commandLine.addSubcommand(new ListCommand());
    commandLine.addSubcommand(new EnvCommand());
    commandLine.addSubcommand(new VerifyCommand());
    commandLine.addSubcommand(new GradientCommand());
    commandLine.addSubcommand(DataCommand.create());
    commandLine.addSubcommand(new TrainCommand());
    var reproduce = new CommandLine(new ReproduceCommand());
    reproduce.addSubcommand(new ReproduceListCommand());
    reproduce.addSubcommand(new MergeCommand());
    commandLine.addSubcommand(reproduce);
    commandLine.addSubcommand(new ReportCommand());
    commandLine.addSubcommand(new DiffCommand());
    return prepare(commandLine, () -> debug);
  }

  /** Gives a command and its subcommands what all share: converters, messages, help, exit codes. */
  static CommandLine prepare(CommandLine commandLine, BooleanSupplier debug) {
    Numbers.register(commandLine);
    complete(commandLine);
    commandLine.setExecutionStrategy(Failures::execute);
    commandLine.setExecutionExceptionHandler(
        (e, command, result) -> Failures.report(e, command, debug.getAsBoolean()));
    return commandLine;
  }

  private static void complete(CommandLine commandLine) {
    CommandSpec spec = commandLine.getCommandSpec();
    spec.mixinStandardHelpOptions(true).versionProvider(new Version());
    spec.parser().collectErrors(true); // so that all violations are reported at once
    spec.usageMessage()
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(exitCodes())
        .commandListHeading("%nCommands:%n")
        .optionListHeading("%nOptions:%n")
        .width(WIDTH);
    spec.args().forEach(arg -> registerEnums(commandLine, arg));
    commandLine.getSubcommands().values().forEach(Main::complete);
  }

  private static Map<String, String> exitCodes() {
    Map<String, String> codes = new LinkedHashMap<>();
    codes.put("0", "all went well");
    codes.put(String.valueOf(CHECK_FAILED), "a check failed");
    codes.put(String.valueOf(USAGE), "wrong usage or bad input");
    codes.put(String.valueOf(INTERNAL_ERROR), "internal error");
    return codes;
  }

  /** Any enum that an option takes, alone or in a list, is read by {@link Names}. */
  private static void registerEnums(CommandLine commandLine, ArgSpec arg) {
    for (Class<?> type : arg.auxiliaryTypes()) {
      registerEnum(commandLine, type);
    }
    registerEnum(commandLine, arg.type());
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // the type is known to be an enum, but not which
  private static void registerEnum(CommandLine commandLine, Class<?> type) {
    if (type.isEnum()) {
      commandLine.registerConverter((Class) type, new Names(type));
    }
  }

  /**
   * A stream in the encoding of the locale; UTF-8 where the locale has none, since formulas need
   * more than ASCII.
   */
  private static PrintStream stream(FileDescriptor descriptor, String property) {
    Charset charset = Charset.forName(System.getProperty(property, StandardCharsets.UTF_8.name()));
    if (charset.equals(StandardCharsets.US_ASCII)) {
      charset = StandardCharsets.UTF_8;
    }
    return new PrintStream(new FileOutputStream(descriptor), true, charset);
  }

  private static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        Build.current().toString(),
        "Java " + Runtime.version() + ", " + System.getProperty("java.vm.name")
      };
    }
  }
}
