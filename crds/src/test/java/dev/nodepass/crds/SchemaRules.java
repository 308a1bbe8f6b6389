package dev.nodepass.crds;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates the rules of a schema as an API server does: defaults first, then each rule with its
 * part of the resource. A stand-in for tests in milliseconds; bounds and patterns are not looked
 * at.
 */
final class SchemaRules {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final CelCompiler COMPILER =
      CelCompilerFactory.standardCelCompilerBuilder()
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .addVar("self", SimpleType.DYN)
          .addVar("oldSelf", SimpleType.DYN)
          .build();
  private static final CelRuntime RUNTIME = CelRuntimeFactory.standardCelRuntimeBuilder().build();

  private final List<String> messages = new ArrayList<>();

  private SchemaRules() {}

  /** The messages of all rules that a value breaks. */
  static List<String> broken(
      JSONSchemaProps schema, Map<String, Object> value, @Nullable Map<String, Object> old) {
    SchemaRules rules = new SchemaRules();
    rules.check(
        schema, withDefaults(schema, value), old == null ? null : withDefaults(schema, old));
    return List.copyOf(rules.messages);
  }

  private static @Nullable Object withDefaults(JSONSchemaProps schema, @Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> objectWithDefaults(schema, map);
      case List<?> list when schema.getItems() != null ->
          list.stream().map(e -> withDefaults(schema.getItems().getSchema(), e)).toList();
      // CEL knows one kind of whole number.
      case Integer number -> number.longValue();
      case null, default -> value;
    };
  }

  private static Map<String, @Nullable Object> objectWithDefaults(
      JSONSchemaProps schema, Map<?, ?> value) {
    Map<String, @Nullable Object> whole = new LinkedHashMap<>();
    value.forEach((name, field) -> whole.put(String.valueOf(name), field));
    Map<String, JSONSchemaProps> properties =
        schema.getProperties() == null ? Map.of() : schema.getProperties();
    properties.forEach(
        (name, property) -> {
          if (property.getDefault() != null) {
            whole.putIfAbsent(
                name, JSON.convertValue(property.getDefault(), new TypeReference<Object>() {}));
          }
          if (whole.containsKey(name)) {
            whole.put(name, withDefaults(property, whole.get(name)));
          }
        });
    return whole;
  }

  private void check(JSONSchemaProps schema, @Nullable Object value, @Nullable Object old) {
    if (value == null) {
      return;
    }
    for (ValidationRule rule : schema.getXKubernetesValidations()) {
      if (old != null || !rule.getRule().contains("oldSelf")) {
        evaluate(rule, value, old);
      }
    }
    if (value instanceof Map<?, ?> map && schema.getProperties() != null) {
      schema
          .getProperties()
          .forEach(
              (name, property) ->
                  check(
                      property,
                      map.get(name),
                      old instanceof Map<?, ?> before ? before.get(name) : null));
    }
  }

  private void evaluate(ValidationRule rule, Object value, @Nullable Object old) {
    try {
      Map<String, Object> variables = new LinkedHashMap<>();
      variables.put("self", value);
      if (old != null) {
        variables.put("oldSelf", old);
      }
      Object holds =
          RUNTIME.createProgram(COMPILER.compile(rule.getRule()).getAst()).eval(variables);
      if (!Boolean.TRUE.equals(holds)) {
        messages.add(rule.getMessage());
      }
    } catch (CelValidationException | CelEvaluationException wrong) {
      throw new IllegalStateException(rule.getRule(), wrong);
    }
  }
}
