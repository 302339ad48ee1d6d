# Renders a chart as `helm template` does, once for each set of values on standard input: manifests by file, or why Helm refuses.
import json
import sys

sys.path.insert(0, sys.argv[1])
import helm_python as helm

answers = []
with helm.Chart.load(sys.argv[2]) as chart:
    for values in json.load(sys.stdin):
        try:
            # Defaults first: the schema judges what an installation would really use.
            chart.validate_schema(chart.merge_values(values))
            answers.append({"files": chart.render(values, name="demo", namespace="trust")})
        except Exception as error:
            answers.append({"refused": str(error)})
lint = helm.lint(sys.argv[2], values=json.loads(sys.argv[3]), strict=True)
json.dump({"answers": answers, "complaints": lint["errors"]}, sys.stdout)
