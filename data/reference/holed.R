# Figures of R's plm on a panel with holes: Produc without about a fifth of its rows.
# Usage: Rscript data/reference/holed.R  -> rows of data/reference/regressions.csv on standard output
suppressPackageStartupMessages({library(plm); library(lmtest)})
data("Produc", package = "plm")
rows <- subset(Produc, (year + round(10 * unemp)) %% 5 != 0)
formula <- log(gsp) ~ log(pcap) + log(pc) + log(emp) + unemp
slopes <- c("log(pcap)", "log(pc)", "log(emp)", "unemp")
index <- c("state", "year")

report <- function(estimator, covariance, statistic, value)
  cat(sprintf("Produc-holed,R plm::Produc without rows where (year + round(10 unemp)) %%%% 5 = 0,%s,%s,%s,%s,%.15g,R plm %s,\n",
              "log(gsp) ~ log(pcap) + log(pc) + log(emp) + unemp", estimator, covariance, statistic, value,
              packageVersion("plm")), sep = "")
errors <- function(estimator, covariance, fit, V, p = TRUE) {
  table <- coeftest(fit, vcov. = V, df = df.residual(fit))
  report(estimator, covariance, sprintf("se[%s]", slopes), table[slopes, 2])
  if (p) report(estimator, covariance, sprintf("p[%s]", slopes), table[slopes, 4])
}

cat("dataset,source_package,spec,estimator,se_type,statistic,value,producer,published_source\n")
for (effect in c("individual", "twoways")) {
  name <- paste("within", effect)
  fit <- plm(formula, rows, index = index, effect = effect)
  report(name, "", sprintf("coef[%s]", slopes), coef(fit)[slopes])
  report(name, "", c("nobs", "df.residual"), c(nobs(fit), df.residual(fit)))
  errors(name, "classical", fit, vcov(fit))
  for (type in c("HC0", "HC1", "sss"))
    errors(name, paste0("plm vcovHC arellano (cluster entity) type=", type), fit,
           vcovHC(fit, method = "arellano", type = type))
}
for (years in c(FALSE, TRUE)) {
  terms <- if (years) update(formula, . ~ . + factor(year)) else formula
  name <- paste0("random individual swar", if (years) " + year dummies" else "")
  fit <- plm(terms, rows, index = index, model = "random", random.method = "swar")
  report(name, "", sprintf("coef[%s]", slopes), coef(fit)[slopes])
  errors(name, "classical", fit, vcov(fit), p = FALSE)
}
random <- plm(formula, rows, index = index, model = "random", random.method = "swar")
test <- phtest(plm(formula, rows, index = index), random)
report("hausman individual within vs swar", "classical V_FE - V_RE", c("chi2", "df", "p"),
       c(test$statistic, test$parameter, test$p.value))
